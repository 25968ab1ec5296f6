package dev.ftcp.tests.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.conditions.ArchConditions.be;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import org.jspecify.annotations.NullMarked;

/** Dependencies point one way, decisions do no I/O, and each foreign library has its one place. */
@AnalyzeClasses(packages = "dev.ftcp", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String CORE = "dev.ftcp.core..", XEN = "dev.ftcp.xen..", DAEMON = "dev.ftcp.daemon..";

    @ArchTest
    static final ArchRule dependenciesPointOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("core")
            .definedBy(CORE)
            .layer("xen")
            .definedBy(XEN)
            .layer("daemon")
            .definedBy(DAEMON)
            .whereLayer("daemon")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("xen")
            .mayOnlyBeAccessedByLayers("daemon")
            .whereLayer("core")
            .mayOnlyBeAccessedByLayers("xen", "daemon");

    @ArchTest
    static final ArchRule packagesFormNoCycles =
            slices().matching("dev.ftcp.(**)").should().beFreeOfCycles();

    /** Memory, collections, text, and addresses as values: nothing that does I/O, waits, shares or logs. */
    private static final DescribedPredicate<JavaClass> PURE = resideInAnyPackage(
                    CORE,
                    "java.lang",
                    "java.lang.annotation",
                    "java.lang.invoke",
                    "java.lang.runtime",
                    "java.util",
                    "java.util.function",
                    "java.util.regex",
                    "java.util.stream",
                    "java.nio",
                    "java.nio.charset",
                    "org.jspecify.annotations")
            .or(type(ByteArrayOutputStream.class))
            .or(type(InetAddress.class))
            .or(type(UnknownHostException.class))
            .or(type(Path.class))
            .or(describe("primitives", c -> c.getBaseComponentType().isPrimitive()))
            .as("memory, collections, text and values");

    @ArchTest
    static final ArchRule coreKnowsTheJdkOnlyAndDoesNoInputOrOutput =
            classes().that().resideInAPackage(CORE).should().onlyDependOnClassesThat(PURE);

    @ArchTest
    static final ArchRule coreHasNoThreads = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .dependOnClassesThat()
            .haveNameMatching(
                    "java\\.lang\\.(Thread|ThreadLocal|InheritableThreadLocal|Runtime|Process|ProcessBuilder|ProcessHandle)")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.(Timer|TimerTask|Scanner)");

    @ArchTest
    static final ArchRule coreHasNoClock = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .dependOnClassesThat()
            .haveNameMatching("java\\.util\\.(Date|Calendar|GregorianCalendar)");

    @ArchTest
    static final ArchRule coreWritesToNoConsole = noClasses()
            .that()
            .resideInAPackage(CORE)
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err")
            .orShould()
            .accessField(System.class, "in");

    @ArchTest
    static final ArchRule nativeCodeIsKnownInXenOnly = onlyIn(XEN, "jnr..", "com.kenai..");

    @ArchTest
    static final ArchRule xenLogsNothing = noClasses()
            .that()
            .resideInAPackage(XEN)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.slf4j..");

    /** Beside the relay itself, the takeover keeps what it has read in the relay's buffers. */
    @ArchTest
    static final ArchRule nettyBelongsToTheRelay = noClasses()
            .that()
            .resideOutsideOfPackages("dev.ftcp.daemon.relay..", "dev.ftcp.daemon.takeover..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.netty..");

    @ArchTest
    static final ArchRule configurationIsParsedInOnePlace = onlyIn("dev.ftcp.daemon.config..", "org.tomlj..");

    @ArchTest
    static final ArchRule everyPackageIsNullMarked = classes()
            .should(be(describe("in a @NullMarked package", c -> c.getPackage().isAnnotatedWith(NullMarked.class))));

    private static ArchRule onlyIn(String home, String... libraries) {
        return noClasses()
                .that(DescribedPredicate.not(resideInAPackage(home)))
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(libraries);
    }
}

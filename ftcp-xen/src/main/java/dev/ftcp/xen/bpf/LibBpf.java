package dev.ftcp.xen.bpf;

import jnr.ffi.LibraryLoader;
import jnr.ffi.LibraryOption;
import jnr.ffi.Pointer;
import jnr.ffi.annotations.Delegate;
import jnr.ffi.annotations.SaveError;
import jnr.ffi.types.size_t;
import jnr.ffi.types.u_int64_t;
import org.jspecify.annotations.Nullable;

/**
 * The functions of libbpf 1.x that the loader calls (bpf/libbpf.h, bpf/bpf.h). Functions that return a pointer return null and
 * set errno on failure; those that return a number return −errno. Networking calls act in the network namespace of the thread.
 *
 * <p>Public only because JNR's implementation lives in another class loader: use {@link Wrap}.
 */
public interface LibBpf {
    LibBpf INSTANCE = LibraryLoader.create(LibBpf.class)
            .option(LibraryOption.SaveError, Boolean.TRUE)
            .load("libbpf.so.1");

    /** {@code libbpf_print_fn_t}; a va_list is passed by address on x86_64 and aarch64. */
    interface Print {
        @Delegate
        int print(int level, Pointer format, Pointer arguments);
    }

    Pointer libbpf_set_print(Print print);

    /** From libc, which libbpf brings along. */
    int vsnprintf(Pointer to, @size_t long size, Pointer format, Pointer arguments);

    @SaveError
    @Nullable
    Pointer bpf_object__open_mem(Pointer image, @size_t long size, @Nullable Pointer options);

    @SaveError
    int bpf_object__load(Pointer object);

    void bpf_object__close(Pointer object);

    @SaveError
    @Nullable
    Pointer bpf_object__find_map_by_name(Pointer object, String name);

    @SaveError
    @Nullable
    Pointer bpf_object__find_program_by_name(Pointer object, String name);

    int bpf_map__set_max_entries(Pointer map, int entries);

    int bpf_map__fd(Pointer map);

    int bpf_map__pin(Pointer map, String path);

    int bpf_program__fd(Pointer program);

    int bpf_program__pin(Pointer program, String path);

    @SaveError
    @Nullable
    Pointer bpf_program__attach(Pointer program);

    int bpf_link__pin(Pointer link, String path);

    int bpf_link__destroy(Pointer link);

    int bpf_map_update_elem(int fd, Pointer key, Pointer value, @u_int64_t long flags);

    int bpf_map_lookup_elem(int fd, Pointer key, Pointer value);

    int bpf_map_delete_elem(int fd, Pointer key);

    int bpf_prog_get_fd_by_id(int id);

    int bpf_obj_get(String path);

    int bpf_tc_hook_create(Pointer hook);

    int bpf_tc_hook_destroy(Pointer hook);

    int bpf_tc_attach(Pointer hook, Pointer options);

    int bpf_tc_detach(Pointer hook, Pointer options);

    int bpf_tc_query(Pointer hook, Pointer options);
}

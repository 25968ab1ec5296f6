char _license[] __attribute__((section("license"))) = "GPL";

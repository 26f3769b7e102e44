// Does this compiler come with libFuzzer? Then this builds.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }

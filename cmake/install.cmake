# `cmake --install` puts the headers in place and lets other projects say find_package(duplex).
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
set(package_dir "${CMAKE_INSTALL_DATADIR}/cmake/duplex")

install(DIRECTORY include/duplex DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" FILES_MATCHING PATTERN "*.hpp")
install(TARGETS duplex EXPORT duplexTargets)
install(EXPORT duplexTargets NAMESPACE duplex:: DESTINATION "${package_dir}")

# Headers are the same on every machine, so the version file must not ask about the word size.
write_basic_package_version_file("${CMAKE_CURRENT_BINARY_DIR}/duplexConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES
  cmake/duplexConfig.cmake
  cmake/FindAsio.cmake
  "${CMAKE_CURRENT_BINARY_DIR}/duplexConfigVersion.cmake"
  DESTINATION "${package_dir}")

# Finds standalone Asio, which is headers only, and makes the target Asio::asio.
# Used by this build and, installed beside duplexConfig.cmake, by every project that finds duplex.
find_path(Asio_INCLUDE_DIR asio.hpp)
mark_as_advanced(Asio_INCLUDE_DIR)

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asio
  REQUIRED_VARS Asio_INCLUDE_DIR
  REASON_FAILURE_MESSAGE
    "asio.hpp was not found. On Debian and Ubuntu: apt-get install libasio-dev. \
If it lies in a folder of your own: -DAsio_INCLUDE_DIR=/that/folder")

if(Asio_FOUND AND NOT TARGET Asio::asio)
  add_library(Asio::asio INTERFACE IMPORTED GLOBAL)
  target_include_directories(Asio::asio INTERFACE "${Asio_INCLUDE_DIR}")
  target_compile_definitions(Asio::asio INTERFACE ASIO_STANDALONE)
endif()

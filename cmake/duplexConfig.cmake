# Read by find_package(duplex): finds what the headers need, then names the target duplex::duplex.
include(CMakeFindDependencyMacro)
list(PREPEND CMAKE_MODULE_PATH "${CMAKE_CURRENT_LIST_DIR}")
find_dependency(Asio)
list(POP_FRONT CMAKE_MODULE_PATH)
find_dependency(Threads)
include("${CMAKE_CURRENT_LIST_DIR}/duplexTargets.cmake")

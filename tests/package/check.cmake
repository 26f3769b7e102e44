# Proves that another project can use duplex: cmake -DWAY=<way> -DSOURCE=<root> -DBUILD=<its build folder> -P check.cmake
#   installed      installed into an empty prefix and found by find_package
#   subdirectory   the source tree, by add_subdirectory
set(work "${BUILD}/tests/package-${WAY}")
file(REMOVE_RECURSE "${work}")

function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE output)
  message("${output}")
  if(NOT status EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "${WAY}: exit status ${status} of: ${command}")
  endif()
  set(output "${output}" PARENT_SCOPE)
endfunction()

if(WAY STREQUAL "installed")
  run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${work}/prefix")
  set(way "-DCMAKE_PREFIX_PATH=${work}/prefix")
else()
  set(way "-DDUPLEX_FOLDER=${SOURCE}")
endif()
run("${CMAKE_COMMAND}" -S "${SOURCE}/tests/package" -B "${work}/build" "${way}")
run("${CMAKE_COMMAND}" --build "${work}/build")
run("${work}/build/consumer")
if(NOT output MATCHES "bound to port [1-9]")
  message(FATAL_ERROR "${WAY}: the consumer did not say which port it is bound to")
endif()

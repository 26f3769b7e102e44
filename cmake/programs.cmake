# How this project builds its own programs and tests. None of it reaches a user of duplex::duplex.

set(duplex_warnings -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
# GCC 12 sees overlapping copies in `"text" + string` where there are none (its bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(duplex_false_alarms -Wno-restrict)
endif()
# -g1 is enough for a report to name lines, and takes a third less time to compile than -g.
set(duplex_asan -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -O1 -g1)
# -Wno-tsan: GCC warns that ThreadSanitizer does not see Asio's memory fences.
set(duplex_tsan -fsanitize=thread -fno-omit-frame-pointer -O1 -g1)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  list(APPEND duplex_tsan -Wno-tsan)
endif()

# duplex_program(<path> [SANITIZER asan|tsan] SOURCES <file>...)
#
# Builds `<path>` below the build folder. Its target is the path without its first folder, with dots:
# chapters/04-framing is `04-framing`, tests/unit/frame is `unit.frame`.
function(duplex_program path)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "SANITIZER" "SOURCES")
  duplex_target_of("${path}" target)
  cmake_path(GET path PARENT_PATH folder)
  cmake_path(GET path FILENAME name)

  add_executable(${target} ${arg_SOURCES})
  set_target_properties(${target} PROPERTIES
    CXX_EXTENSIONS OFF
    OUTPUT_NAME "${name}"
    RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/${folder}")
  target_link_libraries(${target} PRIVATE duplex::duplex)
  target_compile_definitions(${target} PRIVATE ASIO_NO_DEPRECATED)
  target_compile_options(${target} PRIVATE ${duplex_${arg_SANITIZER}})
  target_link_options(${target} PRIVATE ${duplex_${arg_SANITIZER}})
  # A learner's unfinished header should fail its tests, not trip over a warning.
  if(NOT DUPLEX_OVERLAY)
    target_compile_options(${target} PRIVATE ${duplex_warnings} ${duplex_false_alarms})
  endif()
endfunction()

# duplex_target_of(<path> <variable>): the name of the target that builds `<path>`.
function(duplex_target_of path variable)
  string(REGEX REPLACE "^[^/]+/(.*)$" "\\1" target "${path}")
  string(REPLACE "/" "." target "${target}")
  set(${variable} "${target}" PARENT_SCOPE)
endfunction()

# duplex_overlaid(<target>...): these see the headers of DUPLEX_OVERLAY, if any, before the library's.
function(duplex_overlaid)
  if(DUPLEX_OVERLAY)
    foreach(target IN LISTS ARGN)
      target_include_directories(${target} BEFORE PRIVATE "${DUPLEX_OVERLAY}")
    endforeach()
  endif()
endfunction()

# duplex_lesson_target(<lesson> <target>...): `cmake --build build --target lesson-N` builds these.
function(duplex_lesson_target lesson)
  if(NOT TARGET lesson-${lesson})
    add_custom_target(lesson-${lesson})
  endif()
  if(ARGN)
    add_dependencies(lesson-${lesson} ${ARGN})
  endif()
endfunction()

// catch.hpp: Catch2, whichever of its two generations the machine has.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>  // version 3
#else
#include <catch2/catch.hpp>      // version 2
#endif

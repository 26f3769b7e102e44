// duplex.hpp: all of duplex but TLS and compression, which need other libraries.             Lesson 8
#pragma once

#include <duplex/base64.hpp>
#include <duplex/close_code.hpp>
#include <duplex/connection.hpp>
#include <duplex/events.hpp>
#include <duplex/files.hpp>
#include <duplex/frame.hpp>
#include <duplex/handshake.hpp>
#include <duplex/http.hpp>
#include <duplex/loop.hpp>
#include <duplex/options.hpp>
#include <duplex/outbox.hpp>
#include <duplex/receiver.hpp>
#include <duplex/server.hpp>
#include <duplex/sha1.hpp>
#include <duplex/stream.hpp>
#include <duplex/tap.hpp>
#include <duplex/trace.hpp>
#include <duplex/utf8.hpp>
#include <duplex/violation.hpp>

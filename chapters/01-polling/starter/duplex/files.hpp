// files.hpp: the files of one folder, as HTTP responses.           RFC 9110 §8.3, §9.3        Lesson 1
//
// Enough to serve the page of a lesson. A path that leads out of the folder, by `..`, by an encoded `%2e`,
// or by a symbolic link, is answered as if nothing were there.
//
// Yours to write: look for TODO. What stands here compiles and is wrong.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <system_error>

#include <duplex/http.hpp>

namespace duplex {

/// The Content-Type of a file by the end of its name. A browser runs a script only under the right one.
inline std::string_view content_type(const std::filesystem::path& file) {
    // TODO: look at file.extension(), in any case of letters. The tests name the types.
    return "application/octet-stream";
}

/// The file below `root` that `target` names; a target that ends in `/` names the `index.html` there.
///
/// @param target a request target as it was sent; its query is left out and its path decoded once
/// @returns 200 with the file; 404 when there is no such regular file below `root`, or none that can be read
inline response serve_file(const std::filesystem::path& root, std::string_view target) {
    // TODO: decode the path of `target` once; make it and `root` canonical; compare what came of it, so that
    // neither dots nor links lead out; read the file. std::filesystem::canonical does the hard part.
    return response(404, "there is no such file here\n");
}

/// The same for a whole request, which must be GET or HEAD: 405 to any other method (RFC 9110 §15.5.6).
inline response serve_file(const std::filesystem::path& root, const http_request& request) {
    // TODO: answer 405 with `Allow: GET, HEAD` to any other method (RFC 9110 §15.5.6).
    return serve_file(root, request.target);
}

}  // namespace duplex

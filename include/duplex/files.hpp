// files.hpp: the files of one folder, as HTTP responses.           RFC 9110 §8.3, §9.3        Lesson 1
//
// Enough to serve the page of a lesson. A path that leads out of the folder, by `..`, by an encoded `%2e`,
// or by a symbolic link, is answered as if nothing were there.
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
    static constexpr struct {
        std::string_view extension, type;
    } types[] = {
        {".html", "text/html; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".mjs", "text/javascript; charset=utf-8"},
        {".json", "application/json"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".jpg", "image/jpeg"},
        {".ico", "image/x-icon"},
        {".txt", "text/plain; charset=utf-8"},
        {".wire", "text/plain; charset=utf-8"},
        {".md", "text/markdown; charset=utf-8"},
    };
    const std::string extension = file.extension().string();
    for (const auto& known : types)
        if (equal_ignoring_case(known.extension, extension)) return known.type;
    return "application/octet-stream";
}

/// The file below `root` that `target` names; a target that ends in `/` names the `index.html` there.
///
/// @param target a request target as it was sent; its query is left out and its path decoded once
/// @returns 200 with the file; 404 when there is no such regular file below `root`, or none that can be read
inline response serve_file(const std::filesystem::path& root, std::string_view target) {
    const response not_found(404, "there is no such file here\n");

    std::string path = percent_decoded(http_request{"GET", std::string(target), 1, {}}.path());
    if (path.empty() || path.front() != '/' || path.find('\0') != path.npos) return not_found;
    if (path.back() == '/') path += "index.html";

    // #region inside
    // Links and dots are resolved first, and only then is the result compared with the root: what counts is
    // where the file is, not how its name looks. The dot keeps `//etc` from being read as a path of its own.
    std::error_code error;
    const auto      top  = std::filesystem::canonical(root, error);
    const auto      file = error ? top : std::filesystem::canonical(top / ('.' + path), error);
    if (error || !std::filesystem::is_regular_file(file, error)) return not_found;
    if (std::mismatch(top.begin(), top.end(), file.begin(), file.end()).first != top.end()) return not_found;
    // #endregion inside

    std::ifstream stream(file, std::ios::binary);
    std::string   body(std::istreambuf_iterator<char>(stream), {});
    if (!stream) return not_found;
    response answer(200, std::move(body), content_type(file));
    answer.header("Cache-Control", "no-cache");  // a learner edits the page and reloads it
    answer.header("X-Content-Type-Options", "nosniff");
    return answer;
}

/// The same for a whole request, which must be GET or HEAD: 405 to any other method (RFC 9110 §15.5.6).
inline response serve_file(const std::filesystem::path& root, const http_request& request) {
    if (request.method == "GET" || request.method == "HEAD") return serve_file(root, request.target);
    return refusal({"15.5.6", "a file can only be read: use GET or HEAD", 405, 9110}).header("Allow", "GET, HEAD");
}

}  // namespace duplex

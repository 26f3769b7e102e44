// Tests of files.hpp.
#include <stdlib.h>  // mkdtemp
#include <unistd.h>  // geteuid

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include <duplex/files.hpp>

#include "support/catch.hpp"

using namespace std::string_literals;
using namespace std::string_view_literals;
using duplex::serve_file;
namespace fs = std::filesystem;

namespace {

/// A new folder with files to serve, beside one that must not be served; both are gone with it.
///
///     site/index.html  site/page.html  site/with space.txt  site/empty.txt  site/...
///     site/sub/index.html  site/bare/
///     site-secret/secret.txt  secret.txt
class folder {
public:
    folder() {
        std::string name = (fs::temp_directory_path() / "duplex-files-XXXXXX").string();
        if (!mkdtemp(name.data())) throw std::runtime_error("cannot make a folder like " + name);
        base_ = name;
        fs::create_directories(root() / "sub");
        fs::create_directories(root() / "bare");
        fs::create_directories(base_ / "site-secret");
        write(root() / "index.html", "the index");
        write(root() / "page.html", "a page");
        write(root() / "with space.txt", "spaced");
        write(root() / "100%.txt", "percent");
        write(root() / "%2e%2e.txt", "dots");
        write(root() / "\xe4\xbd\xa0.txt", "you");
        write(root() / "empty.txt", "");
        write(root() / "sub" / "index.html", "the index of sub");
        write(base_ / "site-secret" / "secret.txt", "secret");
        write(base_ / "secret.txt", "secret");
    }
    folder(const folder&)            = delete;
    folder& operator=(const folder&) = delete;
    ~folder() { fs::remove_all(base_); }

    fs::path base() const { return base_; }
    fs::path root() const { return base_ / "site"; }

    static void write(const fs::path& file, std::string_view text) {
        std::ofstream(file, std::ios::binary) << text;
    }

private:
    fs::path base_;
};

std::string_view header_of(const duplex::response& answer, std::string_view name) {
    for (const auto& field : answer.fields())
        if (field.name == name) return field.value;
    return "none";
}

}  // namespace

TEST_CASE("a target names the file of the same path, its query left out and its path decoded once") {
    const folder here;
    struct row {
        std::string_view target, body;
    };
    constexpr row rows[] = {
        {"/page.html", "a page"},
        {"/page.html?v=2", "a page"},
        {"/page%2ehtml", "a page"},
        {"/with%20space.txt", "spaced"},
        {"/100%25.txt", "percent"},
        {"/%252e%252e.txt", "dots"},
        {"/%e4%bd%a0.txt", "you"},
        {"/\xe4\xbd\xa0.txt", "you"},
        {"/sub/../page.html", "a page"},
        {"/./page.html", "a page"},
        {"http://127.0.0.1:9504/page.html", "a page"},
        {"/empty.txt", ""},
    };
    for (const auto& [target, body] : rows) {
        CAPTURE(target);
        const auto answer = serve_file(here.root(), target);
        CHECK(answer.status() == 200);
        CHECK(answer.body() == body);
    }
}

TEST_CASE("a target that ends in a slash names the index there") {
    const folder here;
    CHECK(serve_file(here.root(), "/").body() == "the index");
    CHECK(serve_file(here.root(), "/?x=/y").body() == "the index");
    CHECK(serve_file(here.root(), "/sub/").body() == "the index of sub");
    CHECK(serve_file(here.root(), "http://127.0.0.1").body() == "the index");
    CHECK(serve_file(here.root(), "/bare/").status() == 404);
}

TEST_CASE("what is not a regular file below the root is not found") {
    const folder here;
    const auto   target = GENERATE("/missing.html", "/sub", "/bare", "/page.html/", "/page.html/.",
                                   "/index.html/index.html", "/Page.html", "page.html", "", "*", "?", "/.", "/..");
    CAPTURE(target);
    const auto answer = serve_file(here.root(), target);
    CHECK(answer.status() == 404);
    CHECK(answer.body() == "there is no such file here\n");
}

TEST_CASE("no disguise of two dots leads out of the root") {
    const folder here;
    const auto   target = GENERATE(
          "/../secret.txt", "/../site-secret/secret.txt", "/sub/../../secret.txt", "/./../secret.txt",
          "/%2e%2e/secret.txt", "/%2E%2e/secret.txt", "/.%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
          "/sub/..%2f..%2fsecret.txt", "/%252e%252e/secret.txt", "/..%5csecret.txt", "/..\\secret.txt",
          "//../secret.txt", "/..//secret.txt", "/....//secret.txt", "http://h/../secret.txt", "../secret.txt",
          "/..%00/secret.txt", "/%c0%ae%c0%ae/secret.txt", "/../../../../../../../../../../../../etc/passwd");
    CAPTURE(target);
    CHECK(serve_file(here.root(), target).status() == 404);
}

TEST_CASE("the path of a file on this machine is no target") {
    const folder here;
    CHECK(serve_file(here.root(), "//etc/passwd").status() == 404);
    CHECK(serve_file(here.root(), "/%2fetc/passwd").status() == 404);
    CHECK(serve_file(here.root(), "/" + (here.root() / "page.html").string()).status() == 404);
    CHECK(serve_file(here.root(), here.root().string() + "/page.html").status() == 404);
}

TEST_CASE("a NUL in a path is not found, also behind the name of a file") {
    const folder here;
    CHECK(serve_file(here.root(), "/page.html%00").status() == 404);
    CHECK(serve_file(here.root(), "/page.html%00.png").status() == 404);
    CHECK(serve_file(here.root(), "/page.html\0"sv).status() == 404);
}

TEST_CASE("a symbolic link counts as the file it leads to") {
    const folder here;
    fs::create_symlink("page.html", here.root() / "inside.html");
    fs::create_directory_symlink("sub", here.root() / "linked");
    fs::create_symlink(here.base() / "secret.txt", here.root() / "outside.txt");
    fs::create_symlink("../secret.txt", here.root() / "relative.txt");
    fs::create_directory_symlink(here.base(), here.root() / "up");
    fs::create_symlink("nowhere", here.root() / "broken.html");
    fs::create_symlink("circle.html", here.root() / "circle.html");

    CHECK(serve_file(here.root(), "/inside.html").body() == "a page");
    CHECK(serve_file(here.root(), "/linked/").body() == "the index of sub");
    const auto target =
        GENERATE("/outside.txt", "/relative.txt", "/up/secret.txt", "/broken.html", "/circle.html");
    CAPTURE(target);
    CHECK(serve_file(here.root(), target).status() == 404);
}

TEST_CASE("the root itself may be a link, end in a slash, or hold dots") {
    const folder here;
    fs::create_directory_symlink("site", here.base() / "link");
    CHECK(serve_file(here.base() / "link", "/page.html").body() == "a page");
    CHECK(serve_file(here.root() / "", "/page.html").body() == "a page");
    CHECK(serve_file(here.root() / "sub" / "..", "/page.html").body() == "a page");
}

TEST_CASE("without a root nothing is found") {
    const folder here;
    CHECK(serve_file(here.root() / "missing", "/page.html").status() == 404);
    CHECK(serve_file(here.root() / "page.html", "/").status() == 404);
    CHECK(serve_file("", "/page.html").status() == 404);
}

TEST_CASE("a file that may not be read is not found") {
    if (geteuid() == 0) {
        WARN("root may read every file: nothing to test");
        return;
    }
    const folder here;
    fs::permissions(here.root() / "page.html", fs::perms::none);
    CHECK(serve_file(here.root(), "/page.html").status() == 404);
}

TEST_CASE("a file comes with every byte it has") {
    const folder here;
    std::string  all;
    for (int i = 0; i < 1000; ++i)
        for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    folder::write(here.root() / "all.bin", all);
    CHECK(serve_file(here.root(), "/all.bin").body() == all);
}

TEST_CASE("a file is checked again on each visit, and its type is not to be guessed") {
    const folder here;
    const auto   answer = serve_file(here.root(), "/page.html");
    CHECK(header_of(answer, "Content-Type") == "text/html; charset=utf-8");
    CHECK(header_of(answer, "Cache-Control") == "no-cache");
    CHECK(header_of(answer, "X-Content-Type-Options") == "nosniff");
}

TEST_CASE("the end of a name tells the type") {
    struct row {
        std::string_view file, type;
    };
    constexpr row rows[] = {
        {"a.html", "text/html; charset=utf-8"},
        {"a.HTML", "text/html; charset=utf-8"},
        {"a.css", "text/css; charset=utf-8"},
        {"a.js", "text/javascript; charset=utf-8"},
        {"a.mjs", "text/javascript; charset=utf-8"},
        {"a.json", "application/json"},
        {"a.svg", "image/svg+xml"},
        {"a.png", "image/png"},
        {"a.jpg", "image/jpeg"},
        {"a.ico", "image/x-icon"},
        {"a.txt", "text/plain; charset=utf-8"},
        {"a.wire", "text/plain; charset=utf-8"},
        {"a.md", "text/markdown; charset=utf-8"},
        {"a.html.png", "image/png"},
        {"a.bin", "application/octet-stream"},
        {"a", "application/octet-stream"},
        {".html", "application/octet-stream"},
        {"dir.html/a", "application/octet-stream"},
    };
    for (const auto& [file, type] : rows) {
        CAPTURE(file);
        CHECK(duplex::content_type(file) == type);
    }
}

TEST_CASE("a file can be asked for with GET and HEAD, not with other methods") {
    const folder here;
    const auto   ask = [&](std::string method) {
        return serve_file(here.root(), duplex::http_request{std::move(method), "/page.html", 1, {}});
    };
    CHECK(ask("GET").body() == "a page");
    CHECK(to_bytes(ask("HEAD")) == to_bytes(ask("GET")));

    const auto refused = ask(GENERATE("POST"s, "PUT"s, "DELETE"s, "OPTIONS"s, "get"s));
    CHECK(refused.status() == 405);
    CHECK(header_of(refused, "Allow") == "GET, HEAD");
    CHECK(refused.body() == "RFC 9110 §15.5.6: a file can only be read: use GET or HEAD\n");
}

// What the readers share: the table looked up by name, and a request by role.
#include <algorithm>

#include "base/check.hpp"
#include "data/readers.hpp"

namespace crossbar {

const SourceFile& file_of(const ReadRequest& request, std::string_view role) {
    for (const SourceFile& file : request.files)
        if (file.role == role) return file;
    fail("the reader needs a file of role '{}'; add a [[file]] with it to the task", role);
}

bool has_role(const ReadRequest& request, std::string_view role) {
    return std::any_of(request.files.begin(), request.files.end(),
                       [&](const SourceFile& file) { return file.role == role; });
}

const std::string& path_of(const ReadRequest& request, std::string_view role) {
    const SourceFile& file = file_of(request, role);
    if (!file.member.empty())
        fail("{}: unpack this archive: the file '{}' is not read from inside it", file.path,
             file.member);
    return file.path;
}

std::vector<Role> roles_of(const Reader& reader) {
    std::vector<Role> roles;
    std::string_view rest = reader.roles;
    while (!rest.empty()) {
        std::string_view word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        const bool several = word.ends_with('+');
        if (several) word.remove_suffix(1);
        roles.push_back({word, several});
    }
    return roles;
}

const Reader* find_reader(std::string_view name) {
    for (const Reader& reader : readers)
        if (reader.name == name) return &reader;
    return nullptr;
}

}  // namespace crossbar

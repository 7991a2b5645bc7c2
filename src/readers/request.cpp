// What the readers share: the table looked up by name, and a request by role.
#include <algorithm>

#include "crossbar/check.hpp"
#include "crossbar/readers.hpp"

namespace crossbar {

const std::string& path_of(const ReadRequest& request, std::string_view role) {
    for (const SourceFile& file : request.files)
        if (file.role == role) return file.path;
    fail("the reader needs a file of role '{}'; add a [[file]] with it to the task", role);
}

bool has_role(const ReadRequest& request, std::string_view role) {
    return std::any_of(request.files.begin(), request.files.end(),
                       [&](const SourceFile& file) { return file.role == role; });
}

const Reader* find_reader(std::string_view name) {
    for (const Reader& reader : readers)
        if (reader.name == name) return &reader;
    return nullptr;
}

}  // namespace crossbar

// The one place that knows toml++ for targets.
#include "crossbar/target.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include "crossbar/check.hpp"
#include "crossbar/embedded.hpp"
#include "crossbar/nearest.hpp"

namespace crossbar {
namespace {

const std::vector<std::string> keys = {"title", "citation"};

std::string text_at(const std::string& file, const toml::table& table, const std::string& key) {
    const toml::node* node = table.get(key);
    if (!node) fail("{}: the key '{}' is missing, expected a string", file, key);
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty())
        fail("{}:{}: {} is not a string, or empty", file, node->source().begin.line, key);
    return *value;
}

Target parse_target(const std::string& file, std::string_view text) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        fail("{}:{}: not valid TOML: {}", file, error.source().begin.line, error.description());
    }
    for (const auto& [key, node] : table)
        if (std::find(keys.begin(), keys.end(), key.str()) == keys.end())
            fail("{}:{}: unknown key '{}'{}; known: {}", file, key.source().begin.line, key.str(),
                 suggestion(key.str(), keys), fmt::join(keys, ", "));
    return {std::filesystem::path(file).stem().string(), text_at(file, table, "title"),
            text_at(file, table, "citation")};
}

std::string target_name_of(const EmbeddedFile& file) {
    if (!file.path.starts_with("targets/")) return {};
    return std::filesystem::path(file.path).stem().string();
}

}  // namespace

Target load_target(const std::string& name_or_path) {
    if (name_or_path.ends_with(".toml")) {
        std::ifstream in(name_or_path, std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(in), {});
        if (!in) fail("{}: cannot read this target file; check the path", name_or_path);
        return parse_target(name_or_path, text);
    }
    for (const EmbeddedFile& file : embedded_files())
        if (target_name_of(file) == name_or_path)
            return parse_target(std::string(file.path), file.text);
    const std::vector<std::string> names = target_names();
    fail("unknown target '{}'{}; expected one of: {}, or the path of a .toml file", name_or_path,
         suggestion(name_or_path, names), fmt::join(names, ", "));
}

std::vector<std::string> target_names() {
    std::vector<std::string> names;
    for (const EmbeddedFile& file : embedded_files())
        if (std::string name = target_name_of(file); !name.empty())
            names.push_back(std::move(name));
    std::sort(names.begin(), names.end());
    return names;
}

}  // namespace crossbar

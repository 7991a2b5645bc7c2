// Where a task's files lie below a folder: under their names, or under names that differ in case
// and separators alone, as copies from elsewhere have them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/readers.hpp"
#include "data/task.hpp"

namespace crossbar {

// Folders of names that end so hold sets whose images were made smaller.
inline constexpr std::string_view reduced_suffix = "-small";

// The name of the folder, or of the one above it, tells.
bool is_reduced(const std::string& folder);

// The folder, or one beside it whose name is nearly the same; empty where neither is there.
std::string existing_folder(const std::string& folder);

// A task's file in a folder: under its name, in its archive, or, where the folder is itself the one
// that the name begins with, without that.
std::optional<SourceFile> locate(const TaskFile& file, const std::string& folder);

// What downloads all of the task's files; empty where nothing does.
std::string fetch_command(const Task& task);

// In lower case, with '-' for every separator: what names have in common that are nearly the same.
std::string folded(std::string name);

// Without .gz, .xz and the like; .tgz and .txz become .tar.
std::string without_packing(const std::string& name);

// The names in a folder, sorted, without hidden ones; none where it cannot be read.
std::vector<std::string> names_in(const std::string& folder);

}  // namespace crossbar

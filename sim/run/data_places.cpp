// Looks at CROSSBAR_DATA, XDG_CACHE_HOME and HOME.
#include "run/data_places.hpp"

#include <cstdlib>
#include <filesystem>

namespace crossbar::sim {
namespace {

namespace fs = std::filesystem;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

}  // namespace

DataPlaces data_places() {
    const std::string home = environment("HOME"), cache = environment("XDG_CACHE_HOME");
    const fs::path caches = !cache.empty() ? fs::path(cache) : fs::path(home) / ".cache";
    const bool none = cache.empty() && home.empty();
    return {environment("CROSSBAR_DATA"), none ? "" : (caches / "crossbar").string()};
}

}  // namespace crossbar::sim

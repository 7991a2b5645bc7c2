// Prints tables, calls and files. What does not depend on the network stands in template/ and
// runtime/.
#include "chip/chip_source.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include "array/synapse_array.hpp"
#include "base/check.hpp"
#include "base/fingerprint.hpp"
#include "chip/chip_plan.hpp"
#include "chip/chip_text.hpp"

namespace crossbar::sim {
namespace {

// What a kernel is called, and the files of the runtime that it needs beside those of all.
struct KernelFiles {
    CKernel kernel;
    const char* function;
    std::vector<std::string> files;
};
const std::vector<KernelFiles>& kernel_files() {
    static const std::vector<KernelFiles> table = {
        {CKernel::pixels, "cb_pixels", {"cb_pixels.c"}},
        {CKernel::convolution,
         "cb_convolution",
         {"cb_convolution.c", "cb_gather.c", "cb_levels.c", "cb_activate.h", "cb_products.h",
          "cb_products.c"}},
        {CKernel::depthwise, "cb_depthwise", {"cb_depthwise.c", "cb_levels.c", "cb_activate.h"}},
        {CKernel::wide, "cb_wide", {"cb_wide.c", "cb_activate.h"}},
        {CKernel::wide_depthwise, "cb_wide_depthwise", {"cb_wide.c", "cb_activate.h"}},
        {CKernel::logits,
         "cb_logits",
         {"cb_convolution.c", "cb_gather.c", "cb_levels.c", "cb_activate.h", "cb_products.h",
          "cb_products.c"}},
        {CKernel::wide_logits, "cb_wide_logits", {"cb_wide.c", "cb_activate.h"}},
        {CKernel::max, "cb_max", {"cb_max.c"}},
        {CKernel::average, "cb_average", {"cb_average.c"}},
        {CKernel::relu, "cb_relu", {"cb_relu.c"}},
        {CKernel::add, "cb_add", {"cb_add.c"}},
        {CKernel::shortcut, "cb_shortcut", {"cb_shortcut.c"}}};
    return table;
}
const KernelFiles& files_of(CKernel kernel) {
    return *std::find_if(kernel_files().begin(), kernel_files().end(),
                         [&](const KernelFiles& k) { return k.kernel == kernel; });
}

// Rows of levels of less than 8 bits, each from a new byte on, the first level in the lowest bits.
std::vector<int> packed(const SynapseArray& a, int bits) {
    std::vector<int> bytes;
    const auto depth = static_cast<std::size_t>(a.inputs);
    const auto per_byte = static_cast<std::size_t>(8 / bits);
    for (std::size_t m = 0; m < static_cast<std::size_t>(a.outputs); ++m)
        for (std::size_t i = 0; i < depth; i += per_byte) {
            unsigned byte = 0;
            for (std::size_t k = i; k < std::min(i + per_byte, depth); ++k) {
                const int level = level_at(a, m * depth + k);
                const auto code = bits == 1 ? unsigned{level > 0} : static_cast<unsigned>(level);
                byte |= (code & ((1u << bits) - 1)) << (k - i) * static_cast<unsigned>(bits);
            }
            bytes.push_back(static_cast<int>(byte));
        }
    return bytes;
}

std::string levels_table(const SynapseArray& a, const std::string& name) {
    const int bits = stored_bits(a.bits);
    if (bits < 8) return table("uint8_t", name, packed(a, bits));
    std::vector<int> levels;
    for (std::size_t i = 0; i < a.size(); ++i)
        levels.push_back(level_at(a, i));
    return table(bits == 8 ? "int8_t" : "int16_t", name, levels);
}

// Levels and constants of layer `number`, from 1, and the cb_layer that holds them.
std::string layer_text(const DeployedLayer& layer, int number, bool last, bool rectified) {
    const Crossbar& c = *layer.crossbar;
    const Activation& a = layer.activation;
    const auto name = [&](const char* what) { return fmt::format("{}_{}", what, number); };
    std::string text = fmt::format("/* {} */\n", c.text) + levels_table(c.forward, name("levels"));
    std::string constants = "0, 0, 0, 0, 0, 0, 0, 0";  // sums of the last layer are the logits
    if (!last) {
        std::string held = "0, 0, 0", learnt = "0, 0";
        if (a.normalised) {
            text += table("int32_t", name("mean"), a.mean) +
                    table("int32_t", name("factor"), a.factor) +
                    table("int32_t", name("offset"), a.offset);
            held = fmt::format("{}, {}, {}", name("mean"), name("factor"), name("offset"));
        }
        if (a.learnt()) {
            text += table("int16_t", name("gain"), a.gain) + table("int32_t", name("bias"), a.bias);
            learnt = name("gain") + ", " + name("bias");
        }
        constants =
            fmt::format("{}, {}, {}, {}, {}", held, learnt, a.shift, a.top, rectified ? 0 : -a.top);
    }
    return text +
           fmt::format(
               "static const cb_layer layer_{} = {{{}, levels_{}, {}, {}, {}, {}, {{{}}}}};\n\n",
               number, window_text(c.window), number, c.forward.inputs, c.forward.outputs,
               stored_bits(c.forward.bits), c.sum_shift, constants);
}

class Printer {
  public:
    explicit Printer(const DeployedNetwork& net) : net_(net), plan_(plan_chip(net)) {}

    const ChipPlan& plan() const { return plan_; }

    std::string tables() const {
        std::string text;
        for (const CCall& call : plan_.calls) {
            if (call.stage < 0) continue;
            const Stage& stage = net_.stages[static_cast<std::size_t>(call.stage)];
            if (stage.kind == StageKind::convolution) {
                const DeployedLayer& layer = net_.layers[static_cast<std::size_t>(stage.layer)];
                text += layer_text(layer, stage.layer + 1, call.out < 0, call.rectified);
            } else if (has_window(call)) {
                text += fmt::format("static const cb_window window_{} = {};\n\n", call.stage,
                                    window_text(stage.window));
            }
        }
        return text;
    }

    std::string calls() const {
        std::string text;
        for (const CCall& call : plan_.calls)
            text += fmt::format("    {}({});\n", files_of(call.kernel).function, arguments(call));
        return text;
    }

  private:
    static bool has_window(const CCall& call) {
        return call.kernel == CKernel::max || call.kernel == CKernel::average ||
               call.kernel == CKernel::shortcut;
    }

    std::string at(int place) const {
        return place < 0
                   ? "0"
                   : fmt::format("maps + {}", plan_.places[static_cast<std::size_t>(place)].offset);
    }

    std::string arguments(const CCall& call) const {
        if (call.kernel == CKernel::pixels)
            return fmt::format("pixels, {}, {}, {}", at(call.out), net_.input.size(),
                               net_.input_top);
        const Stage& stage = net_.stages[static_cast<std::size_t>(call.stage)];
        const std::string maps = fmt::format("{}, {}", at(call.in), at(call.out));
        switch (call.kernel) {
            case CKernel::pixels:
                break;
            case CKernel::convolution:
            case CKernel::depthwise:
                return fmt::format("&layer_{}, {}, {}", stage.layer + 1, maps, at(call.scratch));
            case CKernel::wide:
            case CKernel::wide_depthwise:
                return fmt::format("&layer_{}, {}", stage.layer + 1, maps);
            case CKernel::logits:
                return fmt::format("&layer_{}, {}, logits, {}", stage.layer + 1, at(call.in),
                                   at(call.scratch));
            case CKernel::wide_logits:
                return fmt::format("&layer_{}, {}, logits", stage.layer + 1, at(call.in));
            case CKernel::max:
                return fmt::format("&window_{}, {}, {}", call.stage, maps, net_.input_top);
            case CKernel::average:
                return fmt::format("&window_{}, {}", call.stage, maps);
            case CKernel::relu:
                return fmt::format("{}, {}", maps, stage.out.size());
            case CKernel::add:
                return fmt::format("{}, {}, {}, {}, {}, {}, {}, {}", at(call.in), at(call.fine),
                                   at(call.out), stage.out.size(), call.up, call.down,
                                   call.rectified ? 0 : -net_.input_top, net_.input_top);
            case CKernel::shortcut:
                return fmt::format("&window_{}, {}, {}", call.stage, maps, stage.out.channels);
        }
        return {};
    }

    const DeployedNetwork& net_;
    ChipPlan plan_;
};

void check_name(const std::string& name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    if (name.empty() || !letter(name[0]) || name.starts_with("cb_") ||
        !std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || digit(c); }))
        fail(
            "--name {}: expected a name in C, of lower-case letters, digits and '_', that does not "
            "begin with a digit or 'cb_'",
            name);
}

std::string bytes_of(const void* data, std::size_t size) {
    return {static_cast<const char*>(data), size};
}

// Count, then pixels and logits of each image; little-endian.
std::string vectors_file(const TestVectors& v, std::size_t pixels, std::size_t classes) {
    const auto count = static_cast<std::uint32_t>(v.logits.size() / classes);
    std::string bytes = bytes_of(&count, sizeof count);
    for (std::size_t i = 0; i < count; ++i)
        bytes += bytes_of(v.pixels.data() + i * pixels, pixels) +
                 bytes_of(v.logits.data() + i * classes, classes * sizeof v.logits[0]);
    return bytes;
}

// The table of the README: what each layer takes.
std::string layers_text(const DeployedNetwork& net, std::uint64_t& flash, std::uint64_t& macs) {
    std::string text;
    for (const DeployedLayer& layer : net.layers) {
        const Crossbar& c = *layer.crossbar;
        const std::uint64_t bytes = constant_bytes(net, layer);
        const std::uint64_t products = c.forward.size() * c.positions();
        text += fmt::format("| {} | {} | {} | {} | {} |\n", c.text, group(c.forward.size()),
                            c.forward.bits, group(bytes), group(products));
        flash += bytes;
        macs += products;
    }
    return text;
}

std::size_t shown_vectors(const TestVectors& v, std::size_t classes) {
    return std::min<std::size_t>(v.logits.size() / classes, 4);
}

}  // namespace

CFiles c_sources(const DeployedNetwork& net, const std::string& name, const TestVectors& vectors) {
    check_name(name);
    const Printer printer(net);
    const std::string tables = printer.tables(), calls = printer.calls();
    const std::string body = tables + calls;
    const auto version =
        static_cast<std::uint32_t>(fingerprint(body.data(), body.size(), fingerprint_start) >> 32);
    const auto classes = static_cast<std::size_t>(net.classes);
    const std::size_t shown = shown_vectors(vectors, classes), size = net.input.size();
    std::uint64_t flash = 0, macs = 0;
    const std::string layers = layers_text(net, flash, macs);
    const auto first = [&](const auto& values, std::size_t n) {
        return std::vector<int>(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(n));
    };
    const Fillings fillings = {{"name", name},
                               {"NAME", upper(name)},
                               {"height", std::to_string(net.input.height)},
                               {"width", std::to_string(net.input.width)},
                               {"channels", std::to_string(net.input.channels)},
                               {"classes", std::to_string(net.classes)},
                               {"arena", std::to_string(printer.plan().arena)},
                               {"version", fmt::format("0x{:08x}u", version)},
                               {"tables", tables},
                               {"calls", calls},
                               {"layers", layers},
                               {"flash", group(flash)},
                               {"macs", group(macs)},
                               {"arena_grouped", group(printer.plan().arena)},
                               {"shown", std::to_string(shown)},
                               {"pixels_listed", listed(first(vectors.pixels, shown * size))},
                               {"logits_listed", listed(first(vectors.logits, shown * classes))}};
    CFiles files;
    for (const char* file : {"net.h", "net.c", "net_vectors.h"})
        files.emplace_back(name + std::string(file).substr(3), filled(file, fillings));
    for (const char* file : {"main.c", "Makefile", "CMakeLists.txt", "README.md"})
        files.emplace_back(file, filled(file, fillings));
    files.emplace_back(name + "_vectors.bin", vectors_file(vectors, size, classes));
    std::set<std::string> runtime = {"cb_net.h", "cb_fixed.h", "cb_window.h", "cb_class.c"};
    for (const CCall& call : printer.plan().calls)
        for (const std::string& file : files_of(call.kernel).files)
            runtime.insert(file);
    for (const std::string& file : runtime)
        files.emplace_back("runtime/" + file,
                           std::string(embedded_text("sim/chip/runtime/" + file)));
    return files;
}

}  // namespace crossbar::sim

// Products through tiles: exact where nothing is wrong with them, else by their formulas; training
// on them gives one signature for any threads, instruction set and after a restart.
#include <catch2/catch.hpp>
#include <cmath>

#include "base/check.hpp"
#include "kernel_testing.hpp"
#include "target_testing.hpp"

using namespace target_testing;
using kernel_testing::numbers;

namespace {

// A product through tiles, all of it: packing, ranges, reading.
struct Product {
    int m = 5, columns = 21, depth = 75;
    std::vector<std::int8_t> a, b;
    TileScratch scratch;

    explicit Product(int top = 127)
        : a(numbers<std::int8_t>(static_cast<std::size_t>(m * depth) + 64, -top, top)),
          b(numbers<std::int8_t>(static_cast<std::size_t>(columns * depth), -127, 127)) {}

    std::vector<std::int32_t> plain() const {
        std::vector<std::int32_t> c;
        for (int i = 0; i < m; ++i)
            for (int j = 0; j < columns; ++j) {
                int sum = 0;
                for (int d = 0; d < depth; ++d)
                    sum += a[static_cast<std::size_t>(i * depth + d)] *
                           b[static_cast<std::size_t>(j * depth + d)];
                c.push_back(sum);
            }
        return c;
    }
    std::vector<std::int32_t> through(const TileSpec& model, const Kernels& k = best_kernels(),
                                      std::uint64_t step = 1) {
        const auto tiles = std::make_shared<const Tiles>(make_tiles(model, 127, 127));
        TiledArray array = make_tiled(tiles, columns, depth, 9, 3);
        std::vector<std::int8_t> packed(tiled_bytes(*tiles, columns, depth, Unsigned::neither, k) +
                                        64);
        std::vector<std::int8_t> digits;
        pack_tiled(*tiles, packed.data(), b.data(), columns, depth, depth, 1, Unsigned::neither,
                   digits, k);
        const TiledOperand o{a.data(), m, columns, depth, packed.data(), Unsigned::neither, 7};
        scratch.largest = 0;
        measure_sums(o, array, step, scratch, k);
        array.seen = {static_cast<std::int32_t>(scratch.largest), 1};
        TileWorkspace work;
        prepare(array, array.seen, columns, work);
        std::vector<std::int32_t> c(static_cast<std::size_t>(m * columns), 12345);
        tiled_product(c.data(), o, array, work, step, scratch, k);
        return c;
    }
};

TileSpec model_of(int rows) {
    TileSpec m;
    m.rows = rows;
    m.columns = 16;
    return m;
}

TileSpec everything_wrong() {
    TileSpec m = model_of(20);
    m.dac_bits = 6;
    m.adc_bits = 7;
    m.gain_spread = 0.05;
    m.offset_spread = 0.02;
    m.read_noise = 0.05;
    m.wire_loss = {0.05, 0.1};
    return m;
}

}  // namespace

TEST_CASE("an ADC that tells every sum apart changes nothing", "[tiles]") {
    for (const int rows : {1, 7, 16, 75, 512})
        for (const bool serial : {false, true})
            for (const int dac_bits : {0, 8}) {
                INFO("rows " << rows << ", serial " << serial);
                Product product(1);  // sums of at most 75 * 127, fewer than 14 bits tell apart
                if (serial) product = Product(127);
                TileSpec m = model_of(rows);
                m.serial = serial;
                m.dac_bits = dac_bits;
                m.adc_bits = 14;
                m.range = AdcRange::following;
                for (int attempt = 0; attempt < 3; ++attempt) {
                    if (rows > 64 && serial) m.rows = 64;  // 8191 = 64 * 127 and a bit
                    REQUIRE(product.through(m) == product.plain());
                }
            }
}

TEST_CASE("an ADC reads within half a step, and no farther than its range", "[tiles]") {
    Product product;
    const std::vector<std::int32_t> exact = product.plain();
    for (int bits = 2; bits <= 14; ++bits)
        for (const double limit : {0.5, 3.0, 12.0, 40.0}) {
            INFO(bits << " bits, limit " << limit);
            TileSpec m = model_of(75);
            m.adc_bits = bits;
            m.range = AdcRange::fixed;
            m.adc_limit = limit;
            const std::vector<std::int32_t> read = product.through(m);
            const int top = (1 << (bits - 1)) - 1;
            const int step = static_cast<int>(std::ceil(limit * 127 * 127 / top));
            for (std::size_t i = 0; i < read.size(); ++i) {
                REQUIRE(read[i] % step == 0);
                const int within = std::clamp(exact[i], -step * top, step * top);
                // A code's place is right to 2^-13 of the range.
                REQUIRE(std::abs(read[i] - within) <= step * (0.5 + top / 8192.0) + 1);
            }
        }
}

TEST_CASE("slices that are read exactly add up to the whole", "[tiles]") {
    for (int bits = 1; bits <= 7; ++bits)
        for (const int rows : {7, 75})
            for (const bool serial : {false, true}) {
                INFO(bits << " bits, rows " << rows << ", serial " << serial);
                Product product(serial ? 127 : 7);  // fewer than 14 bits tell sums apart
                TileSpec m = model_of(rows);
                m.slice_bits = bits;
                m.serial = serial;
                m.adc_bits = 14;
                m.range = AdcRange::following;
                if (bits > 3) m.rows = 7;
                for (const Kernels* set : all_kernels())
                    if (set->available()) REQUIRE(product.through(m, *set) == product.plain());
                m.adc_bits = 0;
                m.dac_bits = 8;  // of whole inputs: nothing is dropped
                REQUIRE(product.through(m) == product.plain());
            }
}

TEST_CASE("each slice passes an ADC of its own", "[tiles]") {
    Product product;
    const std::vector<std::int32_t> exact = product.plain();
    TileSpec m = model_of(75);
    m.slice_bits = 2;
    m.adc_bits = 6;
    m.range = AdcRange::fixed;
    m.adc_limit = 40;  // full inputs times the largest digit
    const std::vector<std::int32_t> read = product.through(m);
    const int step = static_cast<int>(std::ceil(40.0 * 127 * 3 / 31));
    // Slices count 1, 4, 16 and 64, each read within half a step.
    for (std::size_t i = 0; i < read.size(); ++i) {
        REQUIRE(read[i] % step == 0);
        REQUIRE(std::abs(read[i] - exact[i]) <= 85 * (step / 2 + 2 + 31 * step / 8192));
    }
    REQUIRE(read != exact);
    m.gain_spread = 0.1;
    m.read_noise = 0.1;
    const std::vector<std::int32_t> spread = product.through(m);
    REQUIRE(spread != read);
    for (const Kernels* set : all_kernels())
        if (set->available()) REQUIRE(product.through(m, *set) == spread);
}

TEST_CASE("training on slices gives one signature", "[tiles]") {
    for (const std::string rule : {"bm1", "bm4"}) {
        INFO(rule);
        require_one_signature(
            Trial(load_target("array128", "tiles.slice_bits=2;feedback_tiles.slice_bits=3"), rule));
    }
    REQUIRE_THROWS_WITH(load_target("ideal", "tiles.slice_bits=0"), Contains("slice_bits is 0"));
    REQUIRE_THROWS_WITH(make_plan(settings_of("bm1", "frsf"),
                                  load_target("pcm_inference", "tiles.slice_bits=2").hardware),
                        Contains("exclude each other"));
}

TEST_CASE("codes of every row tile are added", "[tiles]") {
    Product product;
    TileSpec m = model_of(30);
    m.adc_bits = 2;  // codes -1, 0, 1
    m.range = AdcRange::fixed;
    m.adc_limit = 0.1;
    const auto step = static_cast<std::int32_t>(std::lround(0.1 * 127 * 127));
    bool three = false;
    for (const std::int32_t x : product.through(m)) {
        REQUIRE(x % step == 0);
        REQUIRE(std::abs(x) <= 3 * step);
        three = three || std::abs(x) == 3 * step;
    }
    REQUIRE(three);
}

TEST_CASE("wires lose more the farther a synapse is", "[tiles]") {
    Product product;
    std::fill(product.a.begin(), product.a.end(), std::int8_t{100});
    std::fill(product.b.begin(), product.b.end(), std::int8_t{100});
    TileSpec m = model_of(75);
    m.wire_loss = {0.2, 0};
    std::vector<std::int32_t> c = product.through(m);
    REQUIRE(c[0] > c[15]);
    REQUIRE(c[0] == c[16]);  // the next tile begins
    // Of a wire that loses 0.2 at its end, 0.2 * (2x - x^2) at 31/32 of it.
    REQUIRE(c[15] / 750000.0 == Approx(1 - 0.2 * (1 - 1.0 / 1024)).margin(0.002));
    m.wire_loss = {0, 0.3};
    m.rows = product.depth = 72;
    c = product.through(m);
    // Over a whole column wire, the mean of 2x - x^2 is 2/3.
    REQUIRE(c[0] / 720000.0 == Approx(1 - 0.3 * 2 / 3).margin(0.002));
    REQUIRE(c[0] == c[15]);
}

TEST_CASE("noise has its own address, and the width it was given", "[tiles]") {
    Product product;
    product.m = 200;
    product.a = numbers<std::int8_t>(200 * 75 + 64, -127, 127);
    TileSpec m = model_of(25);
    m.read_noise = 0.5;
    const std::vector<std::int32_t> exact = product.plain(), noisy = product.through(m);
    REQUIRE(noisy == product.through(m));
    REQUIRE(noisy != product.through(m, best_kernels(), 2));
    double squares = 0;
    for (std::size_t i = 0; i < exact.size(); ++i)
        squares += std::pow(noisy[i] - exact[i], 2);
    // Three tiles are read.
    const double wanted = std::sqrt(3.0) * 0.5 * 127 * 127;
    REQUIRE(std::sqrt(squares / static_cast<double>(exact.size())) == Approx(wanted).epsilon(0.05));
}

TEST_CASE("all at once, products through tiles equal the reference", "[tiles]") {
    for (const bool serial : {false, true})
        for (const int rows : {4, 13, 40, 75}) {
            Product product;
            TileSpec m = everything_wrong();
            m.rows = rows;
            m.serial = serial;
            const std::vector<std::int32_t> expected =
                product.through(m, kernel_testing::reference());
            for (const Kernels* set : kernel_testing::sets_to_test()) {
                INFO(set->name << ", rows " << rows);
                REQUIRE(product.through(m, *set) == expected);
            }
        }
}

TEST_CASE("a range is kept once it is calibrated, or follows", "[tiles]") {
    TileSpec m = model_of(16);
    m.adc_bits = 8;
    m.calibration = 2;
    SeenRange seen;
    const Tiles calibrated = make_tiles(m, 127, 127);
    for (const std::int32_t largest : {300, 700, 900, 100})
        update_adc_range(calibrated, largest, seen);
    REQUIRE(seen.largest == 700);
    m.range = AdcRange::following;
    const Tiles following = make_tiles(m, 127, 127);
    for (const std::int32_t largest : {300, 700, 900, 100})
        update_adc_range(following, largest, seen);
    REQUIRE(seen.largest == 100);
}

TEST_CASE("tiles without a fault train to the bits of ideal, each fault to others", "[tiles]") {
    Target target = load_target("ideal");
    const std::uint64_t ideal = Trial(target, "bm1").signature_after(6);
    TileSpec m = model_of(16);
    const auto with = [&](const TileSpec& tiles, bool feedback) {
        Target t = target;
        (feedback ? t.hardware.feedback_tiles : t.hardware.tiles) = tiles;
        return Trial(t, "bm1").signature_after(6);
    };
    REQUIRE(with(m, false) == ideal);
    REQUIRE(with(m, true) == ideal);
    m.serial = true;
    REQUIRE(with(m, false) == ideal);
    m = model_of(16);
    std::vector<TileSpec> faults(6, m);
    faults[0].dac_bits = 4;
    faults[1].adc_bits = 5;
    faults[2].read_noise = 0.2;
    faults[3].wire_loss = {0.2, 0};
    faults[4].wire_loss = {0, 0.2};
    faults[5].adc_bits = 5;
    faults[5].gain_spread = 0.1;
    std::vector<std::uint64_t> seen{ideal};
    for (const TileSpec& fault : faults)
        for (const bool feedback : {false, true}) {
            const std::uint64_t got = with(fault, feedback);
            REQUIRE(std::count(seen.begin(), seen.end(), got) == 0);
            seen.push_back(got);
        }
}

TEST_CASE("tiles give one signature: threads, instruction sets, restarts", "[tiles]") {
    for (const AdcRange range : {AdcRange::fixed, AdcRange::calibrated, AdcRange::following})
        for (const bool serial : {false, true}) {
            Target target = load_target("capacitor");
            target.hardware.tiles = everything_wrong();
            target.hardware.tiles->range = range;
            target.hardware.tiles->calibration = 7;
            target.hardware.tiles->serial = serial;
            target.hardware.feedback_tiles = target.hardware.tiles;
            require_one_signature(Trial(target, "bm1"));
        }
}

TEST_CASE("target files with tiles that are wrong", "[tiles]") {
    const auto refused = [](const std::string& text, const std::string& message) {
        INFO(text);
        REQUIRE_THROWS_WITH(load(text), Contains(message) && Contains(own_file() + ":"));
    };
    const TileSpec m =
        *load("[tiles]\nadc_bits = 9\nadc_range = \"fixed\"\nadc_limit = 12\n").hardware.tiles;
    REQUIRE((m.rows == 128 && m.adc_bits == 9 && m.adc_limit == 12 && m.range == AdcRange::fixed));
    refused("tiles = 3\n", "tiles is an integer, expected the table [tiles]");
    refused("[tiles]\nrows = 0\n", "[tiles] rows is 0");
    refused("[tiles]\nrows = 513\n", "rows is 513, expected");
    refused("[tiles]\ngain_spread = 0.1\n", "'gain_spread' does nothing here; it needs adc_bits");
    refused("[tiles]\nadc_bits = 15\n", "adc_bits is 15");
    refused("[tiles]\nadc_bits = 8\nadc_range = \"fixed\"\n", "the key 'adc_limit' is missing");
    refused("[tiles]\nadc_bits = 8\nadc_limit = 3\n", "'adc_limit' does nothing here");
    refused("[feedback_tiles]\ndac = \"bits\"\n", "[feedback_tiles] dac is 'bits'");
    refused("[tiles]\nwire_loss = 0.1\n", "wire_loss is not [of row wires, of column wires]");
}

TEST_CASE("tiles need narrow synapses and integers", "[tiles]") {
    Hardware h;
    h.tiles.emplace();
    Settings s = settings_of("bm1", "frsf");
    s.weight_bits = 9;
    REQUIRE_THROWS_WITH(make_plan(s, h), Contains("--weight-bits 9"));
    s.weight_bits = 8;
    s.arithmetic = Arithmetic::floating;
    REQUIRE_THROWS_WITH(make_plan(s, h), Contains("--arithmetic float"));
}

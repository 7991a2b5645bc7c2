// The one place that knows MPI: its C functions, so that Open MPI and MPICH do alike.
#include "cluster/mpi_processes.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "base/check.hpp"
#include "terminal/messages.hpp"

#ifdef CROSSBAR_MPI
#include <mpi.h>
#endif

namespace crossbar::sim {
namespace {

// What launchers of Open MPI, MPICH, and Slurm tell a process that they started. To ask MPI itself
// takes a fifth of a second, and a process of its own.
bool launched() {
    constexpr std::array names{"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMI_SIZE", "PMIX_RANK"};
    return std::any_of(names.begin(), names.end(),
                       [](const char* name) { return std::getenv(name) != nullptr; });
}

#ifdef CROSSBAR_MPI

// MPI ends the program itself where a call fails.
class MpiProcesses : public Processes {
  public:
    MpiProcesses() {
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
        MPI_Comm_size(MPI_COMM_WORLD, &count_);
        MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &machine_);
        MPI_Comm_rank(machine_, &rank_on_machine_);
        MPI_Comm_size(machine_, &count_on_machine_);
    }
    ~MpiProcesses() override {
        MPI_Comm_free(&machine_);
        MPI_Finalize();
    }

    int rank() const override { return rank_; }
    int count() const override { return count_; }

    void sum(std::span<std::int64_t> values) override { reduce(values, MPI_SUM); }
    void max(std::span<std::int64_t> values) override { reduce(values, MPI_MAX); }

    int start_deal(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) override {
        const int each = count_of(from.size()) / count_;
        sent.transfers += from.size_bytes() - from.size_bytes() / static_cast<std::size_t>(count_);
        const int number = free_slot();
        MPI_Ialltoall(from.data(), each, MPI_UINT64_T, to.data(), each, MPI_UINT64_T,
                      MPI_COMM_WORLD, &slot(number));
        return number;
    }
    int start_gather(std::span<const std::uint64_t> from, std::span<std::uint64_t> to) override {
        const int each = count_of(from.size());
        sent.transfers += from.size_bytes() * static_cast<std::size_t>(count_ - 1);
        const int number = free_slot();
        MPI_Iallgather(from.data(), each, MPI_UINT64_T, to.data(), each, MPI_UINT64_T,
                       MPI_COMM_WORLD, &slot(number));
        return number;
    }
    void wait(int number) override {
        MPI_Wait(&slot(number), MPI_STATUS_IGNORE);
        used_[static_cast<std::size_t>(number)] = false;
    }
    void poll() override {
        int ignored;
        MPI_Testall(count_of(requests_.size()), requests_.data(), &ignored, MPI_STATUSES_IGNORE);
    }

    std::vector<std::string> texts(const std::string& own) override {
        const auto n = static_cast<std::size_t>(count_);
        std::vector<int> sizes(n), places(n);
        const int size = count_of(own.size());
        MPI_Allgather(&size, 1, MPI_INT, sizes.data(), 1, MPI_INT, MPI_COMM_WORLD);
        int total = 0;
        for (std::size_t p = 0; p < n; total += sizes[p++])
            places[p] = total;
        std::string all(static_cast<std::size_t>(total), ' ');
        MPI_Allgatherv(own.data(), size, MPI_CHAR, all.data(), sizes.data(), places.data(),
                       MPI_CHAR, MPI_COMM_WORLD);
        std::vector<std::string> result;
        for (std::size_t p = 0; p < n; ++p)
            result.push_back(all.substr(static_cast<std::size_t>(places[p]),
                                        static_cast<std::size_t>(sizes[p])));
        return result;
    }

    std::string machine() const override {
        std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
        int length = 0;
        MPI_Get_processor_name(name.data(), &length);
        return {name.data(), static_cast<std::size_t>(length)};
    }
    int rank_on_machine() const override { return rank_on_machine_; }
    int count_on_machine() const override { return count_on_machine_; }
    void copy_on_machine(std::span<std::byte> bytes) override {
        constexpr std::size_t most = std::size_t{1} << 30;
        for (; !bytes.empty(); bytes = bytes.subspan(std::min(most, bytes.size())))
            MPI_Bcast(bytes.data(), count_of(std::min(most, bytes.size())), MPI_BYTE, 0, machine_);
    }

    void abort(const std::string& why) override {
        tell("error: process {} on {}: {}; all processes end", rank_, machine(), why);
        MPI_Abort(MPI_COMM_WORLD, 2);
        std::abort();
    }

  private:
    static int count_of(std::size_t n) {
        if (n > static_cast<std::size_t>(std::numeric_limits<int>::max()))
            fail("{} numbers are more than MPI sends at once; expected at most {}", n,
                 std::numeric_limits<int>::max());
        return static_cast<int>(n);
    }
    void reduce(std::span<std::int64_t> values, MPI_Op op) {
        sent.small += values.size_bytes();
        ++sent.calls;
        MPI_Allreduce(MPI_IN_PLACE, values.data(), count_of(values.size()), MPI_INT64_T, op,
                      MPI_COMM_WORLD);
    }
    MPI_Request& slot(int number) { return requests_[static_cast<std::size_t>(number)]; }
    int free_slot() {
        const auto free = std::find(used_.begin(), used_.end(), false);
        const auto number = static_cast<int>(free - used_.begin());
        if (free == used_.end()) {
            used_.push_back(false);
            requests_.push_back(MPI_REQUEST_NULL);
        }
        used_[static_cast<std::size_t>(number)] = true;
        return number;
    }

    int rank_ = 0, count_ = 1, rank_on_machine_ = 0, count_on_machine_ = 1;
    MPI_Comm machine_ = MPI_COMM_NULL;
    std::vector<MPI_Request> requests_;
    std::vector<bool> used_;
};

#endif

}  // namespace

std::unique_ptr<Processes> join_processes() {
    if (!launched()) return nullptr;
#ifdef CROSSBAR_MPI
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    auto processes = std::make_unique<MpiProcesses>();
    if (processes->count() > 1) return processes;
    return nullptr;
#else
    const char* size = std::getenv("OMPI_COMM_WORLD_SIZE");
    if (!size) size = std::getenv("PMI_SIZE");
    if (size && std::string(size) != "1")
        fail(
            "this is one of {} processes that a launcher started together, and the program was "
            "built without MPI: build it with 'make MPI=1', or start it alone",
            size);
    return nullptr;
#endif
}

}  // namespace crossbar::sim

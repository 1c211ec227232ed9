namespace Niwaki.Vision.Tests;

public sealed class MachineTests
{
    [Fact]
    public void A_board_is_told_by_its_name_features_memory_and_power_mode()
    {
        using var root = new TestFolder();
        root.Write("proc/cpuinfo", "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32\nCPU part\t: 0xd07\n");
        root.Write("proc/device-tree/model", "NVIDIA Jetson Nano Developer Kit\0");
        root.Write("proc/meminfo", "MemTotal:        4059264 kB\nMemFree: 1 kB\n");
        root.Write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil\n");
        root.Write("var/lib/nvpmodel/status", "pmode:0000\n");
        var text = Machine.Describe(root.Path);
        Assert.StartsWith("NVIDIA Jetson Nano Developer Kit, ", text);
        Assert.EndsWith(", asimd, 3.9 GiB memory, governor schedutil, power mode pmode:0000", text);
    }

    [Fact]
    public void A_machine_without_any_of_it_is_still_described()
    {
        using var root = new TestFolder();
        Assert.Contains("core", Machine.Describe(root.Path));
    }

    [Fact]
    public void A_busy_machine_is_told_and_a_quiet_one_is_not()
    {
        using var root = new TestFolder();
        Assert.Null(Machine.Busy(root.Path));
        root.Write("proc/loadavg", "0.30 9999.0 9999.0 1/99 7\n");
        Assert.Null(Machine.Busy(root.Path));
        root.Write("proc/loadavg", $"{Environment.ProcessorCount * 2}.50 0.0 0.0 1/99 7\n");
        Assert.Contains("busy", Machine.Busy(root.Path));
    }
}

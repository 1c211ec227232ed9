namespace Niwaki.Tests;

public sealed class RooflineTests
{
    private static readonly Roofline Machine = new(1e9, 2e9, 4e9, 1e8, 1e9, TimeSpan.FromMilliseconds(1));

    [Theory]
    [InlineData(WorkKind.Float32, 11)]
    [InlineData(WorkKind.Float16, 6)]
    [InlineData(WorkKind.Int8, 3.5)]
    [InlineData(WorkKind.Grouped, 101)]
    [InlineData(WorkKind.Moving, 2)]
    public void A_layer_takes_as_long_as_its_products_or_its_bytes_and_its_start(WorkKind kind, double milliseconds) =>
        Assert.Equal(milliseconds, Machine.Of(Layer(kind, 10_000_000, 1_000_000)).TotalMilliseconds, 6);

    [Fact]
    public void A_layer_of_many_bytes_is_as_fast_as_memory() =>
        Assert.Equal(51, Machine.Of(Layer(WorkKind.Float32, 10_000_000, 50_000_000)).TotalMilliseconds, 6);

    [Fact]
    public void Layers_come_one_after_the_other() =>
        Assert.Equal(13, Machine.Of([Layer(WorkKind.Float32, 10_000_000, 1), Layer(WorkKind.Moving, 0, 1_000_000)]).TotalMilliseconds, 6);

    [Fact]
    public void Two_of_four_threads_have_half_of_a_processors_products_and_a_gpu_all()
    {
        var shares = new ReachedShares(0.5, 0.25, 0.1, 0.5, 1000);
        var runtime = new DeviceRuntime("ort", RuntimeFamily.Onnxruntime, 17, [Precision.Float32]) { Float32 = new(4e9, "test"), Int8 = new(16e9, "test"), Bandwidth = new(1e9, "test") };
        var profile = new DeviceProfile("test", DeviceArchitecture.LinuxX64, 4, new Bytes(2), new Bytes(1), [runtime]) { Clock = new(1e9, "test") };
        var half = shares.On(profile, runtime, threads: 2);
        Assert.Equal((1e9, 2e9, 2e8, 5e8), (half.Float32, half.Int8, half.Grouped, half.Bandwidth));
        Assert.Equal(1e-6, half.Start.TotalSeconds, 9);
        Assert.Equal(2e9, shares.On(profile, runtime with { Family = RuntimeFamily.Tensorrt }, threads: 2).Float32);
        Assert.Contains("bandwidth", Assert.Throws<StageException>(() => shares.On(profile, runtime with { Bandwidth = null }, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("clock", Assert.Throws<StageException>(() => shares.On(profile with { Clock = null }, runtime, 1)).Message, StringComparison.Ordinal);
    }

    private static LayerWork Layer(WorkKind kind, long macs, long bytes) => new("layer", "Conv", kind, new Macs(macs), new Bytes(bytes));
}

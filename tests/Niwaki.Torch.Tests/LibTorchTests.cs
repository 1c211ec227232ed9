namespace Niwaki.Torch.Tests;

public sealed class LibTorchTests
{
    [Fact]
    public void The_native_library_loads_on_this_machine() => Assert.StartsWith("2.", LibTorch.Load(), StringComparison.Ordinal);
}

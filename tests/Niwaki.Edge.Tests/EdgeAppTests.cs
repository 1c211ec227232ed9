namespace Niwaki.Edge.Tests;

public sealed class EdgeAppTests
{
    [Fact]
    public void An_unknown_command_is_a_mistake_of_usage_and_names_the_help()
    {
        var edge = Edge.Run("serv");
        Assert.Equal(ExitCode.Usage, edge.Code);
        Assert.Contains("'niwaki-edge --help'", edge.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_lists_every_command()
    {
        var edge = Edge.Run("--help");
        Assert.Equal(ExitCode.Done, edge.Code);
        Assert.All(["run", "serve", "bench", "selftest", "install", "rollback"], name => Assert.Contains($"  {name} ", edge.Output, StringComparison.Ordinal));
    }
}

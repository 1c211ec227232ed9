using System.Reflection;

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

    [Fact]
    public void The_program_never_sees_libtorch_nor_the_command_line_of_the_workshop()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        Visit(typeof(EdgeApp).Assembly.GetName());
        Assert.Contains("Niwaki.Onnx", seen);
        Assert.DoesNotContain(seen, name => name.Contains("Torch", StringComparison.OrdinalIgnoreCase) || name is "Niwaki.Cli" or "Spectre.Console");

        void Visit(AssemblyName name)
        {
            if (name.Name!.StartsWith("System", StringComparison.Ordinal) || name.Name.StartsWith("Microsoft.", StringComparison.Ordinal) || !seen.Add(name.Name))
                return;
            foreach (var reference in Assembly.Load(name).GetReferencedAssemblies())
                Visit(reference);
        }
    }
}

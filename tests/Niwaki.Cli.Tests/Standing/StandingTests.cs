using System.Reflection;

namespace Niwaki.Cli.Tests;

/// <summary>What must hold for the code as a whole.</summary>
public sealed class StandingTests
{
    private const int MostLines = 400;

    private static readonly Assembly Core = typeof(Stage).Assembly;
    private static readonly Assembly Vision = typeof(Niwaki.Vision.Engine).Assembly;
    private static readonly Assembly Torch = typeof(Niwaki.Torch.Network).Assembly;
    private static readonly Assembly Onnx = typeof(Niwaki.Onnx.OnnxEngine).Assembly;

    [Fact]
    public void References_run_one_way_and_torch_and_onnx_never_see_each_other()
    {
        Assert.Empty(Foreign(Core));
        Assert.Equal(["Niwaki", "SkiaSharp"], Foreign(Vision));
        Assert.DoesNotContain(Foreign(Torch), name => name.Contains("Onnx", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(Foreign(Onnx), name => name.Contains("Torch", StringComparison.OrdinalIgnoreCase));
        Assert.Contains("Niwaki.Torch", Foreign(typeof(Program).Assembly));
    }

    [Fact]
    public void Every_abstract_record_has_a_catalog_without_doubled_names()
    {
        var vocabulary = new Vocabulary(Vision, Torch, Onnx);
        var roots = new[] { Core, Vision, Torch, Onnx }.SelectMany(assembly => assembly.GetTypes())
            .Where(type => type is { IsAbstract: true, IsSealed: false, IsInterface: false, IsPublic: true, IsGenericType: false } && type.GetMethod("<Clone>$") is not null).ToArray();
        Assert.True(roots.Length > 8, $"only {roots.Length} roots were found");
        Assert.All(roots, root => Assert.True(vocabulary.Catalog(root).Count > 0, $"nothing below {root.FullName}"));
    }

    [Fact]
    public void No_source_file_is_longer_than_a_reader_s_patience()
    {
        var files = new[] { "src", "tests", "bench", "build" }.Select(Repository.PathOf).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal)).ToArray();
        Assert.True(files.Length > 100, $"only {files.Length} files were found");
        Assert.All(files, file => Assert.InRange(File.ReadLines(file).Count(), 0, MostLines));
    }

    [Theory]
    [InlineData("Niwaki")]
    [InlineData("Niwaki.Vision")]
    [InlineData("Niwaki.Torch")]
    [InlineData("Niwaki.Onnx")]
    public void The_public_surface_changes_only_on_purpose(string name)
    {
        var actual = PublicSurface.Of(new[] { Core, Vision, Torch, Onnx }.Single(assembly => assembly.GetName().Name == name));
        var path = Repository.PathOf($"tests/Niwaki.Cli.Tests/Standing/{name}.txt");
        if (Environment.GetEnvironmentVariable("NIWAKI_ACCEPT") == "1")
            File.WriteAllLines(path, actual);
        var expected = File.ReadAllLines(path);
        Assert.True(
            expected.SequenceEqual(actual),
            $"The public surface of {name} changed. New: {string.Join("; ", actual.Except(expected).Take(20))}. Gone: {string.Join("; ", expected.Except(actual).Take(20))}. If that is meant, run the tests once with NIWAKI_ACCEPT=1 and commit the file.");
    }

    private static string[] Foreign(Assembly assembly) =>
        [.. assembly.GetReferencedAssemblies().Select(each => each.Name!).Where(each => !each.StartsWith("System", StringComparison.Ordinal) && !each.StartsWith("Microsoft.Win32.", StringComparison.Ordinal) && each is not ("netstandard" or "mscorlib")).Order(StringComparer.Ordinal)];
}

using System.Buffers.Binary;
using System.Text.Json;

namespace Niwaki.Parity.Tests;

/// <summary>The folder of golden cases: <c>NIWAKI_GOLDEN</c>, or <c>../shared/golden</c> beside the repository.</summary>
internal static class Golden
{
    private static readonly Lazy<string?> Found = new(Find);

    public static string? Folder => Found.Value;

    public static string Needed
    {
        get
        {
            Assert.SkipWhen(Folder is null, "No golden data: set NIWAKI_GOLDEN to its folder, or place it at ../shared/golden beside the repository.");
            return Folder!;
        }
    }

    /// <summary>The cases of networks whose family is built. One empty name where there is no data, so that the test shows as skipped.</summary>
    public static TheoryData<string> Networks() => [.. Cases(built: true)];

    /// <summary>All cases of networks: those of families to come show as skipped.</summary>
    public static TheoryData<string> NetworksToCome() => [.. Cases(built: true), .. Cases(built: false)];

    /// <summary>Every case. One empty name where there is no data, so that the test shows as skipped.</summary>
    public static TheoryData<string> All() => Folder is null ? [string.Empty] : [.. Described(_ => true)];

    /// <summary>The cases of one kind: what its own description says it is.</summary>
    public static TheoryData<string> OfKind(string kind)
    {
        string[] found = Folder is null ? [] : [.. Described(description => Text(description, "kind") == kind)];
        return found.Length > 0 ? [.. found] : [string.Empty];
    }

    /// <summary>A case's own description; skips the test where there is none.</summary>
    public static JsonElement Description(string name)
    {
        Assert.SkipWhen(Needed.Length == 0 || name.Length == 0, "There is no golden case of this kind.");
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Needed, name, "config.json")));
        return json.RootElement.Clone();
    }

    public static string? Text(JsonElement description, string key) => description.TryGetProperty(key, out var value) ? value.GetString() : null;

    public static IReadOnlyDictionary<string, Weight> Tensors(string name) => SafeTensors.Read(Path.Combine(Needed, name, "io.safetensors"));

    /// <summary>The shapes of a case's weights, from the header of their file.</summary>
    public static IReadOnlyDictionary<string, Shape> Shapes(string folder)
    {
        using var file = File.OpenRead(Path.Combine(folder, "weights.safetensors"));
        Span<byte> length = stackalloc byte[8];
        file.ReadExactly(length);
        var header = new byte[BinaryPrimitives.ReadInt64LittleEndian(length)];
        file.ReadExactly(header);
        using var json = JsonDocument.Parse(header);
        return json.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").ToDictionary(
            entry => entry.Name,
            entry => new Shape(entry.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()).ToArray()),
            StringComparer.Ordinal);
    }

    private static IEnumerable<string> Cases(bool built)
    {
        if (Folder is null)
            return built ? [string.Empty] : [];
        return Directory.EnumerateFiles(Folder, "config.json", SearchOption.AllDirectories).Where(path => IsBuilt(path) == built).Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Described(Func<JsonElement, bool> wanted) => Directory.EnumerateFiles(Folder!, "config.json", SearchOption.AllDirectories)
        .Select(path => Path.GetFileName(Path.GetDirectoryName(path)!)).Where(name => wanted(Description(name))).Order(StringComparer.Ordinal);

    /// <summary>Null where the case is no network's.</summary>
    private static bool? IsBuilt(string path)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(path));
        return json.RootElement.TryGetProperty("arch", out var arch) && arch.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("family", out var family)
            ? GoldenArchitectures.Of(family.GetString()!, arch, Shapes(Path.GetDirectoryName(path)!)) is not null
            : null;
    }

    private static string? Find()
    {
        var given = Environment.GetEnvironmentVariable("NIWAKI_GOLDEN");
        if (given is not null)
            return Directory.Exists(given) ? given : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Niwaki.slnx")))
                return Resolve(folder);
        }

        return null;
    }

    private static string? Resolve(DirectoryInfo root)
    {
        for (var folder = root.Parent; folder is not null; folder = folder.Parent)
        {
            var path = Path.Combine(folder.FullName, "shared", "golden");
            if (Directory.Exists(path))
                return path;
        }

        return null;
    }
}

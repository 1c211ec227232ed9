namespace Niwaki.Parity.Tests;

/// <summary>What <c>torch.save</c> wrote is read equal to the same tensors in safetensors, to the last bit.</summary>
public sealed class CheckpointFileParityTests
{
    [Theory]
    [MemberData(nameof(Twins))]
    public void A_file_of_torch_save_equals_its_safetensors(string file, string twin)
    {
        var folder = Golden.Needed;
        var state = CheckpointFile.Read(Path.Combine(folder, file));
        var expected = SafeTensors.Read(Path.Combine(folder, twin));
        var removed = state.Tensors.Keys.All(name => name.StartsWith("module.", StringComparison.Ordinal)) ? "module.".Length : 0;
        Assert.Equal(expected.Keys.Order(StringComparer.Ordinal), state.Tensors.Keys.Select(name => name[removed..]).Order(StringComparer.Ordinal));
        foreach (var (name, weight) in state.Tensors)
        {
            Assert.Equal(expected[name[removed..]].Shape, weight.Shape);
            Assert.Equal(expected[name[removed..]].Values.Select(BitConverter.SingleToInt32Bits), weight.Values.Select(BitConverter.SingleToInt32Bits));
        }
    }

    /// <summary>Every pickled file with a twin beside it: a case's weights, or its expected tensors.</summary>
    public static TheoryData<string, string> Twins()
    {
        var twins = new TheoryData<string, string>();
        if (Golden.Folder is { } golden)
        {
            foreach (var path in Directory.EnumerateFiles(golden, "*.pth", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var folder = Path.GetDirectoryName(path)!;
                var twin = ((string[])[Path.ChangeExtension(path, ".safetensors"), Path.Combine(folder, "expected.safetensors"), Path.Combine(folder, "weights.safetensors")]).FirstOrDefault(File.Exists);
                if (twin is not null)
                    twins.Add(Path.GetRelativePath(golden, path), Path.GetRelativePath(golden, twin));
            }
        }

        if (twins.Count == 0)
            twins.Add(string.Empty, string.Empty);                                      // shows as skipped
        return twins;
    }
}

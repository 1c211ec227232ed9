namespace Niwaki.Tests;

public sealed class ArtifactStoreTests : IDisposable
{
    private static readonly Vocabulary Words = new(typeof(Sow).Assembly);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void A_changed_a_missing_and_a_renamed_file_are_told_by_name()
    {
        var artifact = Sealed();
        File.WriteAllText(artifact.PathOf("plant.txt"), "weed");
        Assert.Contains("plant.txt does not have the digest that artifact.json records", Refused());
        File.Move(artifact.PathOf("plant.txt"), artifact.PathOf("other.txt"));
        Assert.Contains("plant.txt is missing", Refused());
    }

    [Theory]
    [InlineData("\"kind\": \"torch-model\"", "\"kind\": \"onnx-model\"", "digest does not match")]
    [InlineData("\"kind\": \"torch-model\"", "\"kind\": \"nothing\"", "kind 'nothing' is unknown")]
    [InlineData("\"kind\": \"torch-model\"", "\"kind\": \"tree\"", "kind 'tree' is unknown")]
    [InlineData("plant.txt", "../outside.txt", "outside of the artifact")]
    [InlineData("plant.txt", "..", "outside of the artifact")]
    [InlineData("plant.txt", "", "outside of the artifact")]
    [InlineData("plant.txt", "/etc/hostname", "outside of the artifact")]
    [InlineData("plant.txt", "a/../../outside.txt", "outside of the artifact")]
    [InlineData("plant.txt", "\\u0000", "outside of the artifact")]
    [InlineData("\"lineage\": []", "\"lineage\": [null]", "lineage")]
    [InlineData("\"lineage\": []", "\"lineage\": {}", "lineage")]
    [InlineData("\"digest\"", "\"digestt\"", "digestt")]
    public void A_manifest_that_was_tampered_with_is_refused(string old, string changed, string why)
    {
        var artifact = Sealed();
        File.WriteAllText(folder.Of("outside.txt"), "plant");
        var text = File.ReadAllText(artifact.PathOf(ArtifactStore.ManifestFile));
        Assert.Contains(old, text);
        File.WriteAllText(artifact.PathOf(ArtifactStore.ManifestFile), text.Replace(old, changed));
        Assert.Contains(why, Refused());
    }

    [Fact]
    public void A_link_out_of_the_artifact_is_refused_even_with_the_right_digest()
    {
        var artifact = Sealed();
        File.Move(artifact.PathOf("plant.txt"), folder.Of("outside.txt"));
        File.CreateSymbolicLink(artifact.PathOf("plant.txt"), folder.Of("outside.txt"));
        Assert.Contains("plant.txt is a link", Refused());
    }

    [Fact]
    public void A_link_to_a_device_that_never_ends_is_refused_at_once()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "there is no /dev/zero here");
        var artifact = Sealed();
        File.Delete(artifact.PathOf("plant.txt"));
        File.CreateSymbolicLink(artifact.PathOf("plant.txt"), "/dev/zero");
        Assert.Contains("plant.txt is a link", Refused());
        File.Delete(artifact.PathOf(ArtifactStore.ManifestFile));
        File.CreateSymbolicLink(artifact.PathOf(ArtifactStore.ManifestFile), "/dev/zero");
        Assert.Contains("has more than", Refused());
    }

    [Fact]
    public void A_linked_artifact_itself_can_be_opened()
    {
        var artifact = Sealed();
        Directory.CreateSymbolicLink(folder.Of("link"), artifact.Folder);
        Assert.Equal(artifact.Digest, ArtifactStore.Open(folder.Of("link"), Words).Digest);
        Assert.Equal(artifact.Digest, ArtifactStore.Open(artifact.Folder + Path.DirectorySeparatorChar, Words).Digest);
    }

    [Fact]
    public void A_manifest_of_absurd_size_is_refused_without_reading_it()
    {
        var artifact = Sealed();
        using (var stream = File.OpenWrite(artifact.PathOf(ArtifactStore.ManifestFile)))
            stream.SetLength(4L << 30);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("has more than", Refused());
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void A_deeply_nested_manifest_is_refused()
    {
        var artifact = Sealed();
        File.WriteAllText(artifact.PathOf(ArtifactStore.ManifestFile), "{\"lineage\":" + new string('[', 200_000));
        Assert.Contains("artifact.json", Refused());
    }

    [Fact]
    public void A_manifest_cut_or_changed_anywhere_is_refused_or_means_the_same()
    {
        var artifact = Sealed();
        var path = artifact.PathOf(ArtifactStore.ManifestFile);
        var whole = File.ReadAllBytes(path);
        for (var at = 0; at < whole.Length; at++)
        {
            File.WriteAllBytes(path, whole[..at]);
            if (whole.AsSpan(at).ContainsAnyExcept("\r\n"u8))
                Assert.Contains("artifact.json", Refused());
            foreach (byte mask in (byte[])[0x01, 0x20, 0xFF])
            {
                var broken = whole.ToArray();
                broken[at] ^= mask;
                File.WriteAllBytes(path, broken);
                try
                {
                    Assert.Equal(artifact.Digest, ArtifactStore.Open(artifact.Folder, Words).Digest);
                }
                catch (StageException problem)
                {
                    Assert.Contains(artifact.Folder, problem.Message);
                }
            }
        }
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("naïve 庭木 🌲")]
    [InlineData("[red]markup[-]")]
    [InlineData("quote\"and'back\\slash")]
    [InlineData("per%20cent#and&more")]
    [InlineData("line\nbreak")]
    public void Files_and_folders_with_odd_names_are_sealed_and_opened(string name)
    {
        Directory.CreateDirectory(folder.Of("partial", name));
        File.WriteAllText(folder.Of("partial", name, name), "plant");
        var made = ArtifactStore.Seal<TorchModel>(folder.Of("partial"), folder.Of(name), [], Words);
        Assert.Equal(made.Digest, ArtifactStore.Open<TorchModel>(folder.Of(name), Words).Digest);
    }

    private TorchModel Sealed()
    {
        Directory.CreateDirectory(folder.Of("partial"));
        File.WriteAllText(folder.Of("partial", "plant.txt"), "plant");
        return ArtifactStore.Seal<TorchModel>(folder.Of("partial"), folder.Of("model"), [], Words);
    }

    private string Refused() => Assert.Throws<StageException>(() => ArtifactStore.Open(folder.Of("model"), Words)).Message;
}

using System.IO.Compression;

namespace Niwaki.Tests;

public sealed class BundleArchiveTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void What_was_packed_is_unpacked_with_its_manifest_and_its_modes()
    {
        var archive = TinyBundle.Pack(folder.Of("b.tar.gz"));
        var bundle = TinyBundle.Unpack(archive, folder.Of("out"));
        Assert.Equal(BundleTrust.Unsigned, bundle.Trust);
        Assert.Equal(TinyBundle.Contents, bundle.Manifest.Files.Select(file => file.Name));
        Assert.Equal(TinyBundle.Model, bundle.Text("model/model.onnx"));
        Assert.Equal(TinyBundle.Manifest() with { Files = bundle.Manifest.Files }, bundle.Manifest);
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(bundle.PathOf("bin/niwaki-edge")).HasFlag(UnixFileMode.UserExecute));
        Assert.False(!OperatingSystem.IsWindows() && File.GetUnixFileMode(bundle.PathOf("README.md")).HasFlag(UnixFileMode.UserExecute));
        Assert.Equal(bundle, Bundle.Open(bundle.Folder));
        Assert.Equal(bundle.Manifest, BundleArchive.ReadManifest(archive));
        Assert.Equal("128 0.9"u8, BundleArchive.ReadFile(archive, "model/model.onnx"));
    }

    [Fact]
    public void The_same_inputs_give_the_same_bytes_signed_or_not()
    {
        var (key, _) = TinyBundle.Keys();
        using (key)
        {
            Assert.Equal(File.ReadAllBytes(TinyBundle.Pack(folder.Of("1.tar.gz"))), File.ReadAllBytes(TinyBundle.Pack(folder.Of("2.tar.gz"))));
            Assert.Equal(File.ReadAllBytes(TinyBundle.Pack(folder.Of("3.tar.gz"), key: key)), File.ReadAllBytes(TinyBundle.Pack(folder.Of("4.tar.gz"), key: key)));
            Assert.NotEqual(File.ReadAllBytes(folder.Of("1.tar.gz")), File.ReadAllBytes(folder.Of("3.tar.gz")));
        }
    }

    [Fact]
    public void Other_programs_unpack_a_bundle_and_agree_with_its_checksums()
    {
        TinyBundle.Pack(folder.Of("b.tar.gz"));
        Directory.CreateDirectory(folder.Of("out"));
        Run("tar", "-xzf", folder.Of("b.tar.gz"), "-C", folder.Of("out"));
        Run("sh", "-c", $"cd '{folder.Of("out")}' && sha256sum --strict -c SHA256SUMS");
        Assert.Equal(BundleTrust.Unsigned, Bundle.Open(folder.Of("out")).Trust);
    }

    [Fact]
    public void OpenSSL_agrees_with_the_signature()
    {
        var (key, open) = TinyBundle.Keys();
        using (key)
        using (open)
        {
            TinyBundle.Pack(folder.Of("b.tar.gz"), key: key);
            TinyBundle.Unpack(folder.Of("b.tar.gz"), folder.Of("out"), open);
            File.WriteAllText(folder.Of("public.pem"), key.PublicPem);
            Run("openssl", "dgst", "-sha256", "-verify", folder.Of("public.pem"), "-signature", folder.Of("out", "bundle.sig"), folder.Of("out", "bundle.json"));
        }
    }

    [Fact]
    public void Only_the_right_key_opens_where_a_key_is_given()
    {
        var (key, open) = TinyBundle.Keys();
        var (foreign, foreignOpen) = TinyBundle.Keys();
        using (key)
        using (open)
        using (foreign)
        using (foreignOpen)
        {
            var signed = TinyBundle.Pack(folder.Of("signed.tar.gz"), key: key);
            var unsigned = TinyBundle.Pack(folder.Of("unsigned.tar.gz"));
            Assert.Equal(BundleTrust.Verified, TinyBundle.Unpack(signed, folder.Of("a"), open).Trust);
            Assert.Equal(BundleTrust.Verified, Bundle.Open(folder.Of("a"), open).Trust);
            Assert.Equal(BundleTrust.Unchecked, TinyBundle.Unpack(signed, folder.Of("b")).Trust);
            Assert.Contains("signed with another key", Refused(() => TinyBundle.Unpack(signed, folder.Of("c"), foreignOpen)));
            Assert.Contains("is not signed", Refused(() => TinyBundle.Unpack(unsigned, folder.Of("d"), open)));
            Assert.Contains("is a public key", Refused(() => TinyBundle.Pack(folder.Of("x.tar.gz"), key: open)));
            Assert.False(Directory.Exists(folder.Of("c")) || Directory.Exists(folder.Of("d")) || File.Exists(folder.Of("x.tar.gz")));
        }
    }

    [Theory]
    [InlineData("model/model.onnx")]
    [InlineData("golden/00.png")]
    [InlineData("golden/00.labels.png")]
    [InlineData("bin/niwaki-edge")]
    [InlineData("README.md")]
    [InlineData("SHA256SUMS")]
    [InlineData("bundle.json")]
    public void A_byte_that_was_changed_is_noticed_in_every_file(string name)
    {
        var (key, open) = TinyBundle.Keys();
        using (key)
        using (open)
        {
            TinyBundle.Pack(folder.Of("b.tar.gz"), key: key);
            var tar = HostileTar.Unzipped(folder.Of("b.tar.gz"));
            var at = HostileTar.ContentOf(tar, name);
            // a digit of a checksum rather than JSON's punctuation, so that only the signature can tell
            if (name == "bundle.json")
                at += tar.AsSpan(at).IndexOf("\"revision\": 1"u8) + 12;
            tar[at] = (byte)(name == "bundle.json" ? '2' : tar[at] ^ 1);
            HostileTar.Zip(folder.Of("changed.tar.gz"), tar);
            Refused(() => TinyBundle.Unpack(folder.Of("changed.tar.gz"), folder.Of("out"), open));
            Assert.False(Directory.Exists(folder.Of("out")));

            var unpacked = TinyBundle.Unpack(folder.Of("b.tar.gz"), folder.Of("whole"), open);
            var bytes = File.ReadAllBytes(unpacked.PathOf(name));
            bytes[^2] ^= 1;
            File.WriteAllBytes(unpacked.PathOf(name), bytes);
            Refused(() => Bundle.Open(unpacked.Folder, open));
        }
    }

    [Fact]
    public void A_file_that_is_missing_over_or_a_link_is_noticed_in_a_folder()
    {
        TinyBundle.Pack(folder.Of("b.tar.gz"));
        var bundle = TinyBundle.Unpack(folder.Of("b.tar.gz"), folder.Of("out"));
        File.WriteAllText(bundle.PathOf("golden/more.png"), "x");
        Assert.Contains("golden/more.png, which bundle.json does not list", Refused(() => Bundle.Open(bundle.Folder)));
        File.Delete(bundle.PathOf("golden/more.png"));
        File.Move(bundle.PathOf("README.md"), folder.Of("elsewhere"));
        Assert.Contains("README.md is missing", Refused(() => Bundle.Open(bundle.Folder)));
        File.CreateSymbolicLink(bundle.PathOf("README.md"), folder.Of("elsewhere"));
        Assert.Contains("is a link", Refused(() => Bundle.Open(bundle.Folder)));
        File.Delete(bundle.PathOf("README.md"));
        File.Move(folder.Of("elsewhere"), bundle.PathOf("README.md"));
        Bundle.Open(bundle.Folder);
    }

    [Fact]
    public void A_bundle_cut_anywhere_is_refused_and_leaves_nothing()
    {
        var bytes = File.ReadAllBytes(TinyBundle.Pack(folder.Of("b.tar.gz")));
        for (var length = 0; length < bytes.Length - 8; length += 1 + bytes.Length / 60)
        {
            File.WriteAllBytes(folder.Of("cut.tar.gz"), bytes[..length]);
            Refused(() => TinyBundle.Unpack(folder.Of("cut.tar.gz"), folder.Of("out")));
            Assert.False(Directory.Exists(folder.Of("out")), $"cut after {length} bytes");
        }
    }

    [Fact]
    public void A_flipped_bit_anywhere_is_refused_or_changes_nothing()
    {
        var bytes = File.ReadAllBytes(TinyBundle.Pack(folder.Of("b.tar.gz")));
        var whole = TinyBundle.Unpack(folder.Of("b.tar.gz"), folder.Of("whole"));
        var refused = 0;
        for (var at = 0; at < bytes.Length; at += 1 + bytes.Length / 150)
        {
            bytes[at] ^= 4;
            File.WriteAllBytes(folder.Of("flipped.tar.gz"), bytes);
            bytes[at] ^= 4;
            try
            {
                Assert.Equal(whole.Digest, TinyBundle.Unpack(folder.Of("flipped.tar.gz"), folder.Of("out")).Digest);
                Assert.Equal(whole.Text("model/model.onnx"), File.ReadAllText(folder.Of("out", "model/model.onnx")));
                Directory.Delete(folder.Of("out"), recursive: true);
            }
            catch (StageException)
            {
                refused++;
                Assert.False(Directory.Exists(folder.Of("out")));
            }
        }

        Assert.True(refused > 100, $"only {refused} were refused");
    }

    [Fact]
    public void A_folder_that_is_not_empty_stays_as_it_is()
    {
        TinyBundle.Pack(folder.Of("b.tar.gz"));
        Directory.CreateDirectory(folder.Of("out"));
        File.WriteAllText(folder.Of("out", "mine"), "x");
        Assert.Contains("is not empty", Refused(() => TinyBundle.Unpack(folder.Of("b.tar.gz"), folder.Of("out"))));
        Assert.Equal("x", File.ReadAllText(folder.Of("out", "mine")));
    }

    [Fact]
    public void Something_else_than_a_bundle_is_called_so()
    {
        Assert.Contains("there is no such bundle", Refused(() => TinyBundle.Unpack(folder.Of("none.tar.gz"), folder.Of("out"))));
        File.WriteAllText(folder.Of("text.tar.gz"), "not gzip at all");
        Assert.Contains("is not a whole bundle", Refused(() => TinyBundle.Unpack(folder.Of("text.tar.gz"), folder.Of("out"))));
        File.WriteAllText(folder.Of("empty.tar.gz"), string.Empty);
        Refused(() => TinyBundle.Unpack(folder.Of("empty.tar.gz"), folder.Of("out")));
        using (var gzip = new GZipStream(File.Create(folder.Of("random.tar.gz")), CompressionLevel.Fastest))
        {
            var noise = new byte[5000];
            new Random(1).NextBytes(noise);
            gzip.Write(noise);
        }

        Assert.Contains("checksum is wrong", Refused(() => TinyBundle.Unpack(folder.Of("random.tar.gz"), folder.Of("out"))));
    }

    internal static string Refused(Action work) => Assert.Throws<StageException>(work).Message;

    private static void Run(string program, params string[] arguments)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/" + program) || File.Exists("/bin/" + program), $"{program} is not installed");
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, output);
    }
}

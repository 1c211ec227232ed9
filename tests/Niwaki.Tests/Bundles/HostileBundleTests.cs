using System.Security.Cryptography;
using System.Text;

namespace Niwaki.Tests;

public sealed class HostileBundleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("../escaped", "leads out of its folder")]
    [InlineData("a/../../escaped", "leads out of its folder")]
    [InlineData("/etc/escaped", "is an absolute path")]
    [InlineData("./escaped", "leads out of its folder")]
    [InlineData("a//escaped", "is no plain name")]
    [InlineData("a\\..\\escaped", "is no plain name")]
    [InlineData("C:escaped", "is no plain name")]
    [InlineData("-rf", "is no plain name")]
    [InlineData(".hidden", "is no plain name")]
    [InlineData("a\u001b[2Jb", "is no plain name")]
    [InlineData("a\nb", "is no plain name")]
    [InlineData("caf\u00e9", "is no plain name")]
    [InlineData("a/", "is no plain name")]
    public void Names_that_lead_anywhere_are_refused_in_the_archive_and_in_the_manifest(string name, string why)
    {
        var json = Json(Listed(name, "x"u8.ToArray()));
        var message = Refused(HostileTar.Entry("bundle.json", json), HostileTar.Entry(name, "x"u8.ToArray()), HostileTar.End);
        Assert.Contains(why, message);
        Assert.DoesNotContain('\u001b', message);
        // an innocent manifest, and the name in the archive alone
        Assert.Contains(why, Refused(HostileTar.Entry("bundle.json", Json()), HostileTar.Entry(name, "x"u8.ToArray()), HostileTar.End));
    }

    [Theory]
    [InlineData('1', "a hard link")]
    [InlineData('2', "a symbolic link")]
    [InlineData('3', "a device")]
    [InlineData('4', "a device")]
    [InlineData('5', "a folder entry")]
    [InlineData('6', "a pipe")]
    [InlineData('x', "replaces names or sizes")]
    [InlineData('g', "replaces names or sizes")]
    [InlineData('L', "replaces names or sizes")]
    [InlineData('K', "replaces names or sizes")]
    [InlineData('S', "an entry of type 83")]
    public void Everything_but_plain_files_is_refused(char type, string what)
    {
        Assert.Contains(what, Refused(HostileTar.Entry("bundle.json", Json(Listed("evil", []))), HostileTar.Entry("evil", [], type, "/etc/passwd"), HostileTar.End));
        Assert.Contains(what, Refused(HostileTar.Entry("evil", [], type, "/etc/passwd"), HostileTar.End));
    }

    [Fact]
    public void A_name_given_twice_is_refused()
    {
        var file = Listed("a.txt", "x"u8.ToArray());
        Assert.Contains("'a.txt' twice", Refused(HostileTar.Entry("bundle.json", Json(file, file)), HostileTar.End));
        Assert.Contains("'a.txt' twice", Refused(HostileTar.Entry("bundle.json", Json(Listed("A.txt", []), file)), HostileTar.End));
        Assert.Contains("'BUNDLE.json' twice", Refused(HostileTar.Entry("bundle.json", Json(Listed("BUNDLE.json", []))), HostileTar.End));
        Assert.Contains("both as a file and as a folder", Refused(HostileTar.Entry("bundle.json", Json(Listed("a", []), Listed("a/b", []))), HostileTar.End));
        Assert.Contains("which bundle.json does not list", Refused(HostileTar.Entry("bundle.json", Json(file)), HostileTar.Entry("a.txt", "x"u8.ToArray()), HostileTar.Entry("a.txt", "y"u8.ToArray()), HostileTar.End));
        Assert.Contains("holds bundle.json", Refused(HostileTar.Entry("bundle.json", Json()), HostileTar.Entry("bundle.json", Json()), HostileTar.End));
        Assert.Contains("holds bundle.json, which bundle.json does not list", Refused([.. Whole, HostileTar.Entry("bundle.json", Json()), HostileTar.End]));
    }

    [Fact]
    public void Files_that_are_not_listed_or_not_in_order_are_refused()
    {
        Assert.Contains("where bundle.json lists", Refused(HostileTar.Entry("bundle.json", Json(Listed("a", []), Listed("b", []))), HostileTar.Entry("b", []), HostileTar.Entry("a", []), HostileTar.End));
        Assert.Contains("files are ordered by name", Refused(HostileTar.Entry("bundle.json", Json(Listed("b", []), Listed("a", []))), HostileTar.End));
        Assert.Contains("ends before a", Refused(HostileTar.Entry("bundle.json", Json(Listed("a", []))), HostileTar.End));
        Assert.Contains("does not begin with bundle.json", Refused(HostileTar.Entry("a", []), HostileTar.Entry("bundle.json", Json()), HostileTar.End));
        Assert.Contains("does not begin with bundle.json", Refused(HostileTar.End));
    }

    [Fact]
    public void Bytes_that_hide_between_or_behind_the_files_are_refused()
    {
        var hidden = HostileTar.Entry("bundle.json", Json());
        hidden[^1] = 1;
        Assert.Contains("hides bytes", Refused(hidden, HostileTar.End));
        Assert.Contains("goes on after its end", Refused([.. Whole, HostileTar.End, Encoding.ASCII.GetBytes("more")]));
        Assert.Contains("goes on after its end", Refused([.. Whole, new byte[512], HostileTar.Entry("a", []), HostileTar.End]));
        Assert.Contains("another tar format", Refused(HostileTar.Entry("bundle.json", Json(), prefix: "etc"), HostileTar.End));
        Assert.Contains("no octal number", Refused(HostileTar.Entry("bundle.json", [], size: "\u0080\0\0\0\0\0\0\0\0\0\0\u0001"), HostileTar.End));
        Assert.Contains("no octal number", Refused(HostileTar.Entry("bundle.json", [], size: "-0000000001\0"), HostileTar.End));
    }

    [Fact]
    public void Size_bombs_are_refused_before_they_go_off()
    {
        var digest = new string('0', 64);
        Assert.Contains("at most 1.07 GB is taken", Refused(HostileTar.Entry("bundle.json", Json(new BundleFile("a", 2L << 30, digest))), HostileTar.End));
        Assert.Contains("unpacks to", Refused(HostileTar.Entry("bundle.json", Json(new BundleFile("a", 900 << 20, digest), new BundleFile("b", 900 << 20, digest), new BundleFile("c", 900 << 20, digest))), HostileTar.End));
        Assert.Contains("a size from 0 up", Refused(HostileTar.Entry("bundle.json", Json(new BundleFile("a", -1, digest))), HostileTar.End));
        Assert.Contains("lists 5000 files", Refused(HostileTar.Entry("bundle.json", Json([.. Enumerable.Range(0, 5000).Select(i => new BundleFile($"f{i:0000}", 0, digest))])), HostileTar.End));
        Assert.Contains("has a bundle.json of", Refused(HostileTar.Entry("bundle.json", [], size: "77777777777\0"), HostileTar.End));

        // honestly listed
        var zeros = new byte[20 << 20];
        var listed = new BundleFile("zeros", zeros.Length, Convert.ToHexStringLower(SHA256.HashData(zeros)));
        Assert.Contains("times its size", Refused(HostileTar.Entry("bundle.json", Json(listed)), HostileTar.Entry("zeros", zeros), HostileTar.End));
        // and such zeros after the end
        Assert.Contains("goes on after its end", Refused([.. Whole, HostileTar.End, zeros[..(1 << 20)]]));
        // ratio is what is refused, not size
        Assert.Contains("ends before a", Refused(HostileTar.Entry("bundle.json", Json(Listed("a", []))), HostileTar.End));
    }

    [Fact]
    public void A_manifest_that_contradicts_itself_is_refused()
    {
        var good = Encoding.UTF8.GetString(Json());
        Broken("\"schema\": 1", "\"schema\": 2", "Take a program as new as the bundle");
        Broken("\"schema\": 1", "\"schema\": \"1\"", "does not say its layout");
        Broken("\"revision\": 1", "\"revision\": -1", "the revision is -1");
        Broken("\"revision\": 1", "\"revision\": 1, \"revision\": 2", "revision");
        Broken("\"revision\": 1", "\"revision\": 1, \"surprise\": 2", "surprise");
        Broken("\"name\": \"garden\"", "\"name\": \"../garden\"", "the bundle's name is '../garden'");
        Broken("\"name\": \"garden\"", "\"name\": null", "name");
        Broken("\"platform\": \"linux-x64\"", "\"platform\": \"amiga\"", "linux-arm64 and linux-x64 are known");
        Broken("\"use\": \"serve\"", "\"use\": \"shadow\"", "lists 0 models that serve");
        Broken("\"use\": \"serve\"", "\"use\": 0", "could not be converted");
        Broken("\"width\": 8", "\"width\": 0", "sides of 1 to");
        Broken("\"#2e8b57\"", "\"green\"", "the colour of 'pine'");
        Broken("\"minAgreement\": 0.999", "\"minAgreement\": 1.5", "the pass mark minAgreement is 1.5");
        Broken("model/model.onnx\",\n      \"use\"", "model/other.onnx\",\n      \"use\"", "speaks of 'model/other.onnx'");
        Broken("\"program\": \"bin/niwaki-edge\"", "\"program\": \"bin/none\"", "speaks of 'bin/none'");
        Assert.Contains("is not JSON", Refused(HostileTar.Entry("bundle.json", "{"u8.ToArray()), HostileTar.End));
        Assert.Contains("does not say its layout", Refused(HostileTar.Entry("bundle.json", "[]"u8.ToArray()), HostileTar.End));
        Assert.Contains("is not JSON", Refused(HostileTar.Entry("bundle.json", Encoding.ASCII.GetBytes(new string('[', 100_000))), HostileTar.End));

        void Broken(string old, string changed, string message)
        {
            Assert.Contains(old, good);
            Assert.Contains(message, Refused(HostileTar.Entry("bundle.json", Encoding.UTF8.GetBytes(good.Replace(old, changed, StringComparison.Ordinal))), HostileTar.End));
        }
    }

    [Fact]
    public void A_key_that_is_none_is_called_so()
    {
        Assert.Contains("there is no such key", BundleArchiveTests.Refused(() => BundleKey.Read(folder.Of("none.pem"))));
        Assert.Contains("holds no key", BundleArchiveTests.Refused(() => BundleKey.Parse("hello", "k.pem")));
        Assert.Contains("holds no key", BundleArchiveTests.Refused(() => BundleKey.Parse("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "k.pem")));
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Assert.Contains("another curve", BundleArchiveTests.Refused(() => BundleKey.Parse(other.ExportPkcs8PrivateKeyPem(), "k.pem")));
        using var rsa = RSA.Create(2048);
        Assert.Contains("holds no key", BundleArchiveTests.Refused(() => BundleKey.Parse(rsa.ExportPkcs8PrivateKeyPem(), "k.pem")));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Contains("has a password", BundleArchiveTests.Refused(() => BundleKey.Parse(key.ExportEncryptedPkcs8PrivateKeyPem("secret", new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1000)), "k.pem")));
        File.WriteAllBytes(folder.Of("large.pem"), new byte[1 << 20]);
        Assert.Contains("which no key needs", BundleArchiveTests.Refused(() => BundleKey.Read(folder.Of("large.pem"))));
    }

    // RFC 6979, appendix A.2.5: P-256 with SHA-256
    [Theory]
    [InlineData("sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716", "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8")]
    [InlineData("test", "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367", "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083")]
    public void Signatures_are_those_of_the_standard_s_test_vectors(string message, string r, string s)
    {
        var secret = Convert.FromHexString("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
        var der = new System.Formats.Asn1.AsnReader(DeterministicEcdsa.Sign(secret, SHA256.HashData(Encoding.ASCII.GetBytes(message))), System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        Assert.Equal(r, der.ReadInteger().ToString("X64")[^64..]);
        Assert.Equal(s, der.ReadInteger().ToString("X64")[^64..]);
    }

    // an unsuspicious archive up to its end
    private static byte[][] Whole => [HostileTar.Entry("bundle.json", Json()), HostileTar.Entry("bin/niwaki-edge", []), HostileTar.Entry("model/model.onnx", [])];

    private static BundleFile Listed(string name, byte[] content) => new(name, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    private static byte[] Json(params BundleFile[] files) => (TinyBundle.Manifest() with
    {
        Golden = [],
        Program = files.Length > 0 ? null : "bin/niwaki-edge",
        Models = files.Length > 0 ? [new BundleModel(files[0].Name, BundleModelUse.Serve, 17)] : TinyBundle.Manifest().Models,
        Files = files.Length > 0 ? new ValueList<BundleFile>(files) : [Listed("bin/niwaki-edge", []), Listed("model/model.onnx", [])],
    }).ToBytes();

    // refused, and nothing of it is left anywhere
    private string Refused(params byte[][] parts)
    {
        HostileTar.Zip(folder.Of("hostile.tar.gz"), parts);
        var message = BundleArchiveTests.Refused(() => TinyBundle.Unpack(folder.Of("hostile.tar.gz"), folder.Of("in", "out")));
        Directory.Delete(folder.Of("in"));
        Assert.Equal([folder.Of("hostile.tar.gz")], Directory.GetFileSystemEntries(folder.Path));
        Assert.False(File.Exists("/etc/escaped"));
        return message;
    }
}

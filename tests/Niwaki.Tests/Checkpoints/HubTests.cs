using System.Net;
using System.Text;

namespace Niwaki.Tests;

public sealed class HubTests : IDisposable
{
    private const string Weights = "model.safetensors";
    private readonly TemporaryFolder folder = new();
    private readonly SmallHub hub = new();
    private readonly HeardLog log = new();
    private readonly byte[] content;

    public HubTests()
    {
        var values = new float[100_000];
        for (var i = 0; i < values.Length; i++)
            values[i] = i;
        SafeTensors.Write(folder.Of(Weights), [KeyValuePair.Create("x", new Weight(new Shape(values.Length), values))]);
        content = File.ReadAllBytes(folder.Of(Weights));
        hub.Files[Weights] = content;
        hub.Files["config.json"] = "{ \"model_type\": \"swin\" }"u8.ToArray();
    }

    public void Dispose()
    {
        hub.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void A_model_arrives_in_the_layout_that_other_programs_know_and_is_not_fetched_twice()
    {
        var path = Download();
        Assert.Equal(folder.Of("cache", "models--some--model", "snapshots", SmallHub.Commit), path);
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(path, Weights)));
        Assert.Equal(hub.Files["config.json"], File.ReadAllBytes(Path.Combine(path, "config.json")));
        Assert.Equal(Path.Combine("..", "..", "blobs", SmallHub.Digest(content)), new FileInfo(Path.Combine(path, Weights)).LinkTarget);
        Assert.Equal(SmallHub.Commit, File.ReadAllText(folder.Of("cache", "models--some--model", "refs", "main")));
        Assert.Equal(path, Download());
        Assert.Equal(1, hub.Downloads(Weights));
    }

    [Fact]
    public void Without_the_net_the_cache_serves_and_an_empty_one_is_told()
    {
        Assert.Contains("HF_HUB_OFFLINE", Assert.Throws<StageException>(() => Download(options => options with { Offline = true })).Message, StringComparison.Ordinal);
        Assert.Empty(hub.Asked);
        var path = Download();
        var asked = hub.Asked.Count;
        Assert.Equal(path, Download(options => options with { Offline = true }));
        Assert.Equal(asked, hub.Asked.Count);
    }

    [Fact]
    public void A_connection_that_breaks_off_goes_on_where_it_was()
    {
        var times = 0;
        hub.Instead = context => Weight(context) && times++ < 1 && Sent(() => hub.Send(context, content, broken: 150_000));
        var path = Download();
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(path, Weights)));
        var ranges = hub.Asked.Where(each => each.Range is not null).Select(each => each.Range).ToArray();
        Assert.Single(ranges);
        Assert.NotEqual("bytes=0-", ranges[0]);
        Assert.Equal(1, log.Count("goes on at"));
        Assert.Empty(Directory.EnumerateFiles(folder.Of("cache"), "*.incomplete", SearchOption.AllDirectories));
    }

    [Fact]
    public void A_later_attempt_goes_on_with_what_an_earlier_one_got()
    {
        hub.Instead = context => Weight(context) && Sent(() => hub.Send(context, content, broken: 150_000));
        Assert.Contains("run the same command again: it resumes", Assert.Throws<StageException>(() => Download(options => options with { Retries = 0 })).Message, StringComparison.Ordinal);
        hub.Instead = null;
        Download();
        Assert.Single(hub.Asked, each => each.Range is not null);
    }

    [Fact]
    public void A_server_that_knows_no_parts_begins_again()
    {
        var times = 0;
        hub.Instead = context => Weight(context) && Sent(() => hub.Send(context, content, ranges: false, broken: times++ == 0 ? 150_000 : null));
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(Download(), Weights)));
    }

    [Fact]
    public void A_part_of_the_wrong_place_is_not_believed()
    {
        var times = 0;
        hub.Instead = context =>
        {
            if (!Weight(context) || times++ > 2)
                return false;
            if (context.Request.Headers["Range"] is null)
                return Sent(() => hub.Send(context, content, broken: 150_000));
            context.Response.Headers["X-Linked-Etag"] = SmallHub.Digest(content);
            context.Response.Headers["X-Linked-Size"] = $"{content.Length}";
            context.Response.Headers["Content-Range"] = $"bytes 5-{content.Length - 1}/{content.Length}";
            context.Response.StatusCode = 206;
            context.Response.OutputStream.Write(content.AsSpan(5));
            context.Response.Close();
            return true;
        };
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(Download(), Weights)));
    }

    [Theory]
    [InlineData(10_000, "more than the announced 10000 bytes")]
    [InlineData(10_000_000, "of 10000000 bytes came")]
    public void A_length_that_lies_is_found_out(int announced, string why)
    {
        hub.Instead = context => Weight(context) && Sent(() => hub.Send(context, content, announced: announced, ranges: false));
        Assert.Contains(why, Assert.Throws<StageException>(() => Download()).Message, StringComparison.Ordinal);
        Assert.Null(Found());
    }

    [Fact]
    public void A_wrong_digest_is_refused_after_a_second_try()
    {
        hub.WrongDigest = new string('a', 64);
        Assert.Contains("arrived twice with another digest", Assert.Throws<StageException>(() => Download()).Message, StringComparison.Ordinal);
        Assert.Null(Found());
        hub.WrongDigest = new string('b', 40);
        Assert.Contains("another digest", Assert.Throws<StageException>(() => Download()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_file_is_checked_by_its_git_digest_and_a_name_that_is_none_is_said()
    {
        // git hash-object of this very text
        hub.Files["config.json"] = "{}\n"u8.ToArray();
        hub.Instead = context =>
        {
            if (!context.Request.Url!.AbsolutePath.EndsWith("config.json", StringComparison.Ordinal))
                return false;
            context.Response.Headers["ETag"] = "W/\"0967ef424bce6791893e9a57bb952f80fd536e93\"";
            context.Response.OutputStream.Write(hub.Files["config.json"]);
            context.Response.Close();
            return true;
        };
        var path = Download();
        Assert.EndsWith("0967ef424bce6791893e9a57bb952f80fd536e93", new FileInfo(Path.Combine(path, "config.json")).LinkTarget, StringComparison.Ordinal);
        Assert.Equal(0, log.Count("could not be checked"));
        hub.WrongDigest = "../../../evil";
        File.Delete(Path.Combine(path, Weights));
        Download();
        Assert.Equal(1, log.Count("could not be checked"));
        Assert.StartsWith(Path.Combine("..", "..", "blobs", "unnamed-"), new FileInfo(Path.Combine(path, Weights)).LinkTarget, StringComparison.Ordinal);
    }

    [Fact]
    public void The_token_goes_to_the_hub_and_not_to_where_it_sends()
    {
        using var other = new SmallHub();
        other.Instead = context => Sent(() => other.Send(context, content));
        hub.Instead = context =>
        {
            if (!Weight(context))
                return false;
            context.Response.Headers["X-Linked-Etag"] = $"\"{SmallHub.Digest(content)}\"";
            SmallHub.Status(context, 302, new Uri(other.Address, "/bucket/model?signed").ToString());
            return true;
        };
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(Download(options => options with { Token = "hf_secret" }), Weights)));
        Assert.All(hub.Asked, each => Assert.Equal("Bearer hf_secret", each.Authorization));
        Assert.All(other.Asked, each => Assert.Null(each.Authorization));
        Assert.Single(other.Asked);
    }

    [Fact]
    public void A_renamed_model_is_found_where_it_went_and_a_circle_is_left()
    {
        hub.Instead = context => context.Request.Url!.AbsolutePath == "/api/models/old/name/revision/main" && Sent(() => SmallHub.Status(context, 307, "/api/models/some/model/revision/main"))
            || (context.Request.Url!.AbsolutePath.StartsWith("/old/name/", StringComparison.Ordinal) && Sent(() => SmallHub.Status(context, 307, context.Request.Url.AbsolutePath.Replace("/old/name/", "/some/model/", StringComparison.Ordinal))));
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(Hub().Download(HubName.Parse("old/name")), Weights)));
        hub.Instead = context => Sent(() => SmallHub.Status(context, 302, "/again"));
        Assert.Contains("more than 8 times", Assert.Throws<StageException>(() => Hub().Download(HubName.Parse("round/about"))).Message, StringComparison.Ordinal);
        hub.Instead = context => Sent(() => SmallHub.Status(context, 302, "file:///etc/passwd"));
        Assert.Contains("not followed", Assert.Throws<StageException>(() => Hub().Download(HubName.Parse("some/where"))).Message, StringComparison.Ordinal);
        hub.Instead = context => Sent(() => SmallHub.Status(context, 302));
        Assert.Contains("does not say where", Assert.Throws<StageException>(() => Hub().Download(HubName.Parse("some/where"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "set HF_TOKEN")]
    [InlineData(403, "set HF_TOKEN")]
    [InlineData(404, "Check owner, name and revision")]
    [InlineData(410, "answers 410")]
    [InlineData(500, "answers 500")]
    public void Refusals_are_told_with_what_to_do(int code, string what)
    {
        hub.Instead = context => Sent(() => SmallHub.Status(context, code));
        var problem = Assert.Throws<StageException>(() => Download(options => options with { Retries = 1 })).Message;
        Assert.Contains(what, problem, StringComparison.Ordinal);
        Assert.Contains("hf:some/model", problem, StringComparison.Ordinal);
        Assert.Equal(code >= 500 ? 2 : 1, hub.Asked.Count);
    }

    [Fact]
    public void A_hub_that_asks_for_patience_gets_it()
    {
        var times = 0;
        hub.Instead = context =>
        {
            if (!Weight(context) || times++ >= 2)
                return false;
            context.Response.Headers["Retry-After"] = "0";
            SmallHub.Status(context, 429);
            return true;
        };
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(Download(), Weights)));
        Assert.Equal(2, log.Count("answers 429"));
    }

    [Fact]
    public void A_hub_that_falls_silent_is_left()
    {
        hub.Instead = context => Weight(context) && Sent(() =>
        {
            context.Response.ContentLength64 = content.Length;
            context.Response.OutputStream.Write(content.AsSpan(0, 1000));
            context.Response.OutputStream.Flush();
        });
        Assert.Contains("nothing came for 0.3 s", Assert.Throws<StageException>(() => Download(options => options with { Retries = 0, Patience = TimeSpan.FromSeconds(0.3) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_than_is_allowed_is_refused_before_and_while_it_comes()
    {
        Assert.Contains("--max-download", Assert.Throws<StageException>(() => Download(options => options with { Most = new(200_000) })).Message, StringComparison.Ordinal);
        hub.Instead = context => Weight(context) && Sent(() =>
        {
            context.Response.SendChunked = true;
            context.Response.Headers["ETag"] = SmallHub.Digest(content);
            context.Response.OutputStream.Write(content);
            context.Response.Close();
        });
        Assert.Contains("--max-download", Assert.Throws<StageException>(() => Download(options => options with { Most = new(200_000) })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Checkpoints_in_parts_arrive_whole_and_an_index_cannot_lead_elsewhere()
    {
        hub.Files.Remove(Weights);
        hub.Files["part-1.safetensors"] = content;
        hub.Files["model.safetensors.index.json"] = """{ "weight_map": { "x": "part-1.safetensors" } }"""u8.ToArray();
        Assert.Equal(content, File.ReadAllBytes(Path.Combine(Download(), "part-1.safetensors")));
        using var second = new TemporaryFolder();
        hub.Files["model.safetensors.index.json"] = """{ "weight_map": { "x": "../../../../evil" } }"""u8.ToArray();
        Assert.Contains("no plain name", Assert.Throws<StageException>(() => Download(options => options with { Cache = second.Path })).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "sha": "../../evil", "siblings": [] }""", "calls its commit")]
    [InlineData("""{ "siblings": [] }""", "no description of a model")]
    [InlineData("""<html>""", "no description of a model")]
    [InlineData("""{ "sha": "00", "siblings": [{ "rfilename": "../model.safetensors" }, { "rfilename": "/model.safetensors" }] }""", "has no checkpoint")]
    [InlineData("""{ "sha": "00", "siblings": [{ "rfilename": "a.pth" }, { "rfilename": "b.pth" }] }""", "several checkpoints (a.pth, b.pth)")]
    public void A_listing_that_lies_is_refused(string listing, string why)
    {
        hub.Instead = context => Sent(() =>
        {
            context.Response.OutputStream.Write(Encoding.UTF8.GetBytes(listing));
            context.Response.Close();
        });
        Assert.Contains(why, Assert.Throws<StageException>(() => Download()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("swin")]
    [InlineData("a/b/c")]
    [InlineData("../x")]
    [InlineData("a/..")]
    [InlineData("a/b@")]
    [InlineData("a/b@../c")]
    [InlineData("a/b?x")]
    [InlineData("-a/b")]
    public void Names_that_are_none_are_refused(string name) => Assert.Contains("Write hf:OWNER/NAME", Assert.Throws<StageException>(() => HubName.Parse(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_environment_tells_what_it_tells_the_others()
    {
        Assert.Equal(new Uri("https://huggingface.co"), From().Endpoint);
        Assert.EndsWith(Path.Combine(".cache", "huggingface", "hub"), From().Cache, StringComparison.Ordinal);
        Assert.Equal("/x/huggingface/hub", From(("XDG_CACHE_HOME", "/x")).Cache);
        Assert.Equal("/y/hub", From(("XDG_CACHE_HOME", "/x"), ("HF_HOME", "/y")).Cache);
        Assert.Equal("/z", From(("HF_HOME", "/y"), ("HF_HUB_CACHE", "/z")).Cache);
        Assert.True(From(("HF_HUB_OFFLINE", "1")).Offline);
        Assert.False(From(("HF_HUB_OFFLINE", "0")).Offline);
        Assert.Equal("t", From(("HF_TOKEN", "t")).Token);
        Assert.Equal(new Uri("https://mirror.example/hf"), From(("HF_ENDPOINT", "https://mirror.example/hf/")).Endpoint);
        Assert.Throws<StageException>(() => From(("HF_ENDPOINT", "http://mirror.example"), ("HF_TOKEN", "t")));
        Assert.Throws<StageException>(() => From(("HF_ENDPOINT", "file:///etc")));
        Assert.Throws<StageException>(() => From(("HF_ENDPOINT", "nonsense")));
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_told()
    {
        File.WriteAllText(folder.Of("file"), string.Empty);
        Assert.Contains("HF_HOME", Assert.Throws<StageException>(() => Download(options => options with { Cache = folder.Of("file") })).Message, StringComparison.Ordinal);
    }

    private static bool Weight(HttpListenerContext context) => context.Request.Url!.AbsolutePath.EndsWith(Weights, StringComparison.Ordinal);

    private static bool Sent(Action send)
    {
        send();
        return true;
    }

    private static HubOptions From(params (string Name, string Value)[] variables) => HubOptions.From(name => variables.FirstOrDefault(each => each.Name == name).Value);

    private Hub Hub(Func<HubOptions, HubOptions>? change = null)
    {
        var options = new HubOptions { Endpoint = hub.Address, Cache = folder.Of("cache"), Retries = 3, Pause = TimeSpan.FromMilliseconds(1), Patience = TimeSpan.FromSeconds(10) };
        return new Hub(change?.Invoke(options) ?? options, new StageContext(folder.Path, new Vocabulary(), _ => throw new InvalidOperationException()) { Log = log });
    }

    private string Download(Func<HubOptions, HubOptions>? change = null) => Hub(change).Download(HubName.Parse("some/model"));

    private string? Found() => Directory.Exists(folder.Of("cache")) ? Directory.EnumerateFiles(folder.Of("cache"), Weights, SearchOption.AllDirectories).FirstOrDefault() : null;
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Niwaki.Vision;

namespace Niwaki.Edge.Tests;

public sealed class ServeTests : IDisposable
{
    private readonly TestFolder folder = new();
    private readonly byte[] picture = ImageCodec.EncodePng(Scenes.Of(160, 120, 1));
    private readonly string bundle;

    public ServeTests() => bundle = new TestBundle().Unpack(folder);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Labels_over_http_are_those_of_the_bundle_s_golden_picture()
    {
        await using var served = await Served.StartAsync(bundle);
        using var answer = await served.PostAsync(picture, accept: "image/png");
        Assert.Equal("image/png", answer.Content.Headers.ContentType!.MediaType);
        var expected = ImageCodec.DecodeMask(Path.Combine(bundle, "golden/1.labels.png")).Labels;
        Assert.Equal(expected, ImageCodec.DecodeMask(await answer.Content.ReadAsByteArrayAsync(Cancel), "answer").Labels);

        using var json = JsonDocument.Parse(await (await served.PostAsync(picture, query: "?labels=1")).Content.ReadAsStringAsync(Cancel));
        Assert.Equal(expected, ImageCodec.DecodeMask(json.RootElement.GetProperty("labels").GetBytesFromBase64(), "answer").Labels);
        var areas = json.RootElement.GetProperty("classes").EnumerateArray().ToDictionary(each => each.GetProperty("index").GetInt32(), each => each.GetProperty("area").GetDouble());
        Assert.All(areas, area => Assert.Equal((double)expected.Count(label => label == area.Key) / expected.Length, area.Value, 1e-6));
        Assert.Equal(1, areas.Values.Sum(), 1e-5);
    }

    [Theory]
    [InlineData("", null, "application/json")]
    [InlineData("", "*/*", "application/json")]
    [InlineData("", "image/jpeg", "image/jpeg")]
    [InlineData("", "text/html, image/png;q=0.5, application/json;q=0.9", "application/json")]
    [InlineData("?view=labels", "application/json", "image/png")]
    [InlineData("?view=overlay&opacity=0.25", null, "image/jpeg")]
    [InlineData("?view=overlay", "image/png", "image/png")]
    public async Task The_query_or_Accept_chooses_the_answer(string query, string? accept, string type)
    {
        await using var served = await Served.StartAsync(bundle);
        using var answer = await served.PostAsync(ImageCodec.EncodeJpeg(Scenes.Of(160, 120, 1)), "image/jpeg", query, accept);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.MediaType);
        if (type != "application/json")
        {
            var image = ImageCodec.Decode(await answer.Content.ReadAsByteArrayAsync(Cancel), "answer");
            Assert.Equal((160, 120), (image.Width, image.Height));
        }
    }

    [Theory]
    [InlineData("?view=hologram", null, 400)]
    [InlineData("?opacity=2", null, 400)]
    [InlineData("?labels=perhaps", null, 400)]
    [InlineData("", "text/html", 406)]
    [InlineData("", "image/png;q=0", 406)]
    public async Task What_is_not_there_is_refused_with_what_is(string query, string? accept, int status)
    {
        await using var served = await Served.StartAsync(bundle);
        using var answer = await served.PostAsync(picture, query: query, accept: accept);
        Assert.Equal(status, (int)answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(status, problem.RootElement.GetProperty("status").GetInt32());
        Assert.NotEmpty(problem.RootElement.GetProperty("detail").GetString()!);
    }

    [Fact]
    public async Task Health_readiness_model_and_metrics_are_told()
    {
        await using var served = await Served.StartAsync(bundle);
        await served.PostAsync(picture);
        Assert.Equal("ok\n", await served.Client.GetStringAsync("/healthz", Cancel));
        Assert.Equal("ready\n", await served.Client.GetStringAsync("/readyz", Cancel));
        using var model = JsonDocument.Parse(await served.Client.GetStringAsync("/v1/model", Cancel));
        Assert.Equal("colours", model.RootElement.GetProperty("bundle").GetString());
        Assert.Equal(["dark", "red", "green", "blue"], model.RootElement.GetProperty("classes").EnumerateArray().Select(each => each.GetProperty("name").GetString()));
        var metrics = await served.Client.GetStringAsync("/metrics", Cancel);
        Assert.Contains("niwaki_answers_total{status=\"200\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("niwaki_seconds_count{stage=\"engine\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.All(metrics.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+=""[^""]*""(,[a-z]+=""[^""]*"")*\})? [0-9.eE+-]+)$", line));
        served.Routes.IsReady = false;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await served.Client.GetAsync("/readyz", Cancel)).StatusCode);
    }

    [Theory]
    [InlineData("GET", "/v1/segment", 405)]
    [InlineData("POST", "/healthz", 405)]
    [InlineData("GET", "/v1/nothing", 404)]
    [InlineData("GET", "/../etc/passwd", 404)]
    [InlineData("GET", "/v1/drift", 404)]
    public async Task Other_paths_and_methods_are_refused(string method, string path, int status)
    {
        await using var served = await Served.StartAsync(bundle);
        using var answer = await served.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Cancel);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_token_opens_the_api_and_nothing_else_does()
    {
        const string Secret = "correct-horse-battery";
        await using var served = await Served.StartAsync(bundle, new ServeOptions { Token = new BearerToken(Secret, "test") });
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/healthz", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await served.Client.GetAsync("/", Cancel)).StatusCode);
        foreach (var wrong in (string?[])[null, "Bearer ", "Bearer correct-horse-batterx", $"Bearer {Secret}x", $"Basic {Secret}", Secret])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
            if (wrong is not null)
                request.Headers.TryAddWithoutValidation("Authorization", wrong);
            using var answer = await served.Client.SendAsync(request, Cancel);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.Single().Scheme);
        }

        Assert.Equal(HttpStatusCode.Unauthorized, (await served.PostAsync(picture)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await served.Client.GetAsync("/metrics", Cancel)).StatusCode);
        served.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Secret);
        Assert.Equal(HttpStatusCode.OK, (await served.PostAsync(picture)).StatusCode);
    }

    [Fact]
    public void A_short_token_is_refused() =>
        Assert.Contains("at least 16", Assert.Throws<StageException>(() => new BearerToken("secret", "token.txt")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("Origin", "https://elsewhere.example", HttpStatusCode.Forbidden)]
    [InlineData("Origin", "null", HttpStatusCode.Forbidden)]
    [InlineData("Host", "rebound.example", HttpStatusCode.MisdirectedRequest)]
    public async Task Pages_of_other_sites_are_refused_on_loopback(string header, string value, HttpStatusCode status)
    {
        await using var served = await Served.StartAsync(bundle);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/model");
        request.Headers.TryAddWithoutValidation(header, value);
        Assert.Equal(status, (await served.Client.SendAsync(request, Cancel)).StatusCode);
    }

    [Fact]
    public async Task The_page_comes_from_the_program_and_may_ask_nobody_else()
    {
        await using var served = await Served.StartAsync(bundle);
        foreach (var path in (string[])["/", "/page.css", "/page.js"])
        {
            using var answer = await served.Client.GetAsync(path, Cancel);
            Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.DoesNotMatch("https?://(?!www\\.w3\\.org/2000/svg)", text);
        }
    }

    [Fact]
    public async Task Tls_is_spoken_with_a_certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await using var served = await Served.StartAsync(bundle, new ServeOptions { Certificate = X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null) });
        Assert.Equal("https", served.Address.Scheme);
        Assert.Equal(HttpStatusCode.OK, (await served.PostAsync(picture)).StatusCode);
    }

    [Fact]
    public async Task A_full_queue_is_an_honest_503_and_everything_else_is_answered()
    {
        await using var served = await Served.StartAsync(bundle, new ServeOptions { Queue = 1 });
        var large = ImageCodec.EncodePng(Scenes.Of(1500, 1000, 3));
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(_ => served.PostAsync(large)));
        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable).ToArray();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.InRange(answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 600));
        Assert.True(answers.Length - refused.Length >= 2, "somebody is always served");
        Assert.All(answers.Except(refused), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        // refusals do not make requests look short
        Assert.Contains($"niwaki_seconds_count{{stage=\"request\"}} {answers.Length - refused.Length}\n", await served.Client.GetStringAsync("/metrics", Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await served.PostAsync(picture)).StatusCode);
    }

    [Fact]
    public async Task A_picture_decoded_at_a_fraction_gets_labels_of_its_own_size_that_hardly_differ()
    {
        var large = ImageCodec.EncodeJpeg(Scenes.Of(800, 600, 3), 95);
        await using var whole = await Served.StartAsync(bundle);
        await using var fast = await Served.StartAsync(bundle, new ServeOptions { DecodesFast = true });
        var expected = ImageCodec.DecodeMask(await Bytes(whole), "labels");
        var given = ImageCodec.DecodeMask(await Bytes(fast), "labels");
        Assert.Equal((800, 600), (given.Width, given.Height));
        Assert.True(expected.Labels.Distinct().Count() > 1, "one class would prove nothing");
        Assert.InRange(given.Labels.AsSpan().CountEqual(expected.Labels) / 480_000d, 0.98, 1);
        using var overlay = await fast.PostAsync(large, "image/jpeg", "?view=overlay");
        var picture = ImageCodec.Decode(await overlay.Content.ReadAsByteArrayAsync(Cancel), "overlay");
        Assert.Equal((800, 600), (picture.Width, picture.Height));

        async Task<byte[]> Bytes(Served served)
        {
            using var answer = await served.PostAsync(large, "image/jpeg", "?view=labels");
            return await answer.Content.ReadAsByteArrayAsync(Cancel);
        }
    }

    [Fact]
    public async Task Draining_answers_what_is_in_progress_and_takes_nothing_new()
    {
        await using var served = await Served.StartAsync(bundle);
        using var content = new SlowContent(picture, TimeSpan.FromMilliseconds(700));
        // sent when the server asks for it: the request is in progress then
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/segment") { Content = content };
        request.Headers.ExpectContinue = true;
        var running = served.Client.SendAsync(request, Cancel);
        await content.Begun;
        var drained = served.DrainAsync();
        using var answer = await running;
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(await drained);
        await Assert.ThrowsAsync<HttpRequestException>(() => served.PostAsync(picture));
    }

    [Fact]
    public async Task An_address_that_is_taken_is_told()
    {
        await using var served = await Served.StartAsync(bundle);
        var edge = Edge.Run("serve", "--bundle", bundle, "--listen", $"127.0.0.1:{served.Address.Port}", "--state", folder["state"]);
        Assert.Equal(ExitCode.Fixable, edge.Code);
        Assert.Contains("cannot be listened on", edge.Errors, StringComparison.Ordinal);
    }
}

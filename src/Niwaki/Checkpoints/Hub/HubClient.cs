using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Niwaki;

/// <summary>
/// Speaks with the hub. Redirects are followed by hand, so that the token never goes to another host; every length is counted and not
/// believed; a connection that breaks off is made again from where it was.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private const int MaxRedirects = 8;
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(60);

    private readonly HubOptions options;
    private readonly StageContext context;
    private readonly HttpClient client;

    public HubClient(HubOptions options, StageContext context)
    {
        (this.options, this.context) = (options, context);
        client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = options.Patience }) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("niwaki/1");
    }

    public void Dispose() => client.Dispose();

    /// <summary>A short answer.</summary>
    public string Text(string path, HubName name, int most)
    {
        var body = new MemoryStream();
        Attempts(name, path, () =>
        {
            body.SetLength(0);
            using var answer = Ask(new Uri($"{options.Endpoint}".TrimEnd('/') + "/" + path), name, path, from: 0, out _);
            Copy(answer, body, most, name, path, null);
            return true;
        });
        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    /// <summary>A file into the cache; its path there.</summary>
    /// <param name="name">The model.</param>
    /// <param name="commit">Which version.</param>
    /// <param name="file">Its name.</param>
    /// <param name="cache">Where it goes.</param>
    /// <param name="most">Bytes that are left of the limit.</param>
    public string Fetch(HubName name, string commit, string file, HubCache cache, long most)
    {
        var address = new Uri($"{options.Endpoint}".TrimEnd('/') + $"/{name.Repository}/resolve/{commit}/{string.Join('/', file.Split('/').Select(Uri.EscapeDataString))}");
        var again = false;
        return Attempts(name, file, () =>
        {
            // asked from the begin, to learn what it is; what there is of it is asked for once more with its place
            HubContent content;
            using (var answer = Ask(address, name, file, 0, out content))
            {
                Refuse(content.Size, most, name, file);
                if (File.Exists(cache.Blob(content.Etag)))
                    return cache.Place(commit, file, content.Etag);
                using var part = cache.OpenIncomplete(content.Etag);
                if (part.Length == 0)
                {
                    Copy(answer, part, most, name, file, content.Size);
                    return Finished(part, content);
                }
            }

            using var rest = cache.OpenIncomplete(content.Etag);
            if (content.Size is not { } size || rest.Length > size)
                rest.SetLength(0);                                                      // nothing tells whether it is whole
            if (content.Size != rest.Length)
            {
                using var answer = Ask(address, name, file, rest.Length, out var now);
                var from = answer.StatusCode == HttpStatusCode.PartialContent && now.Etag == content.Etag && answer.Content.Headers.ContentRange?.From == rest.Length ? rest.Length : 0;
                rest.SetLength(from);
                if (from == 0 && answer.StatusCode == HttpStatusCode.PartialContent)
                    throw new HubInterruption("another part came than was asked for");
                rest.Position = from;
                if (from > 0)
                    context.Log.Say($"{name}: {file} goes on at {new Bytes(from)}.");
                Copy(answer, rest, most, name, file, content.Size);
            }

            return Finished(rest, content);
        });

        string Finished(FileStream part, HubContent content)
        {
            part.Flush(flushToDisk: true);
            if (content.Size is { } size && part.Length != size)
                throw new HubInterruption($"{part.Length} of {size} bytes came");
            if (!content.Matches(part))
            {
                part.SetLength(0);
                if (again)
                    throw new StageException($"{name}: {file} arrived twice with another digest than the hub announces ({content.Etag}). Do not use it; check HF_ENDPOINT and whatever stands between.");
                again = true;
                throw new HubInterruption("its digest is wrong");
            }

            if (!content.IsDigest)
                context.Log.Say($"{name}: the hub tells no digest of {file}; its content could not be checked.");
            part.Dispose();
            cache.Finish(content.Etag);
            return cache.Place(commit, file, content.Etag);
        }
    }

    private static void Refuse(long? size, long most, HubName name, string file)
    {
        if (size > most)
            throw new StageException($"{name}: {file} has {new Bytes(size.Value)}, more than the {new Bytes(Math.Max(0, most))} that may still be downloaded. Raise --max-download if it is meant.");
    }

    private T Attempts<T>(HubName name, string file, Func<T> attempt)
    {
        var pause = options.Pause;
        for (var left = options.Retries; ; left--)
        {
            context.Cancel.ThrowIfCancellationRequested();
            try
            {
                return attempt();
            }
            catch (Exception problem) when (problem is HubInterruption or HttpRequestException or HttpIOException or TimeoutException)
            {
                if (left == 0)
                    throw new StageException($"{name}: {file} could not be downloaded ({problem.Message}). Check the connection, then run the same command again: it resumes.", problem);
                var wait = (problem as HubInterruption)?.After is { } after && after < LongestPause ? after : pause;
                context.Log.Say($"{name}: {file}: {problem.Message}; tried again in {wait.TotalSeconds:0.#} s.");
                Wait(token => Task.Delay(wait, context.Time, token), Timeout.InfiniteTimeSpan);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    /// <summary>The final answer, and what the first one said that the content is.</summary>
    private HttpResponseMessage Ask(Uri address, HubName name, string file, long from, out HubContent content)
    {
        string? etag = null;
        long? size = null;
        var at = address;
        for (var hop = 0; hop <= MaxRedirects; hop++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            if (from > 0)
                request.Headers.Range = new RangeHeaderValue(from, null);
            if (options.Token is { } token && at.Scheme == options.Endpoint.Scheme && at.Authority == options.Endpoint.Authority)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var answer = Wait(stop => client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), options.Patience);
            etag ??= Header(answer, "X-Linked-Etag") ?? (Redirects(answer) ? null : Header(answer, "ETag"));
            size ??= Number(Header(answer, "X-Linked-Size")) ?? (Redirects(answer) ? null : answer.StatusCode == HttpStatusCode.PartialContent ? answer.Content.Headers.ContentRange?.Length : answer.Content.Headers.ContentLength);
            if (!Redirects(answer))
            {
                if (answer.IsSuccessStatusCode)
                {
                    content = new HubContent(Plain(etag, address), size);
                    return answer;
                }

                using (answer)
                    throw Refused(answer, name, file, at);
            }

            using (answer)
            {
                var next = answer.Headers.Location ?? throw new StageException($"{name}: {file}: {at.Host} sends elsewhere and does not say where. Check HF_ENDPOINT.");
                next = next.IsAbsoluteUri ? next : new Uri(at, next);
                if (next.Scheme != "https" && !(next.Scheme == "http" && at.Scheme == "http"))
                    throw new StageException($"{name}: {file}: {at.Host} sends from {at.Scheme} to {next.Scheme}, which is not followed. Check HF_ENDPOINT.");
                at = next;
            }
        }

        throw new StageException($"{name}: {file}: was sent elsewhere more than {MaxRedirects} times. Check HF_ENDPOINT.");
    }

    private Exception Refused(HttpResponseMessage answer, HubName name, string file, Uri at) => answer.StatusCode switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new StageException($"{name}: {at.Host} does not give {file} to {(options.Token is null ? "anybody without a token: set HF_TOKEN, after accepting the model's terms on its page" : "the owner of HF_TOKEN: accept the model's terms on its page, or use another token")}. ({(int)answer.StatusCode})"),
        HttpStatusCode.NotFound => new StageException($"{name}: {at.Host} has no {file} of that name. Check owner, name and revision; a private model needs HF_TOKEN. (404)"),
        HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => new HubInterruption($"{at.Host} answers {(int)answer.StatusCode}") { After = answer.Headers.RetryAfter?.Delta },
        HttpStatusCode.RequestedRangeNotSatisfiable => new HubInterruption($"{at.Host} has no such part"),
        _ => new StageException($"{name}: {at.Host} answers {(int)answer.StatusCode} for {file}. Check HF_ENDPOINT."),
    };

    private void Copy(HttpResponseMessage answer, Stream to, long most, HubName name, string file, long? size)
    {
        using var body = answer.Content.ReadAsStream(context.Cancel);
        var chunk = new byte[1 << 17];
        while (true)
        {
            var count = Next(body, chunk);
            if (count == 0)
                return;
            if (to.Position + count > (size ?? long.MaxValue))
            {
                to.SetLength(0);
                throw new HubInterruption($"more than the announced {size} bytes came");
            }

            if (to.Position + count > most)
                throw new StageException($"{name}: {file} has more than the {new Bytes(most)} that may still be downloaded. Raise --max-download if it is meant.");
            to.Write(chunk, 0, count);
            if (size is { } all && all > chunk.Length)
                context.Log.Progress($"{name} {file}", to.Position, all, new Bytes(to.Position).ToString());
        }
    }

    private int Next(Stream body, byte[] chunk)
    {
        try
        {
            return Wait(stop => body.ReadAsync(chunk, stop).AsTask(), options.Patience);
        }
        catch (IOException problem)
        {
            throw new HubInterruption(problem.Message);
        }
    }

    private T Wait<T>(Func<CancellationToken, Task<T>> work, TimeSpan patience)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.Cancel);
        stop.CancelAfter(patience);
        try
        {
            return work(stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (!context.Cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"nothing came for {patience.TotalSeconds:0.#} s");
        }
    }

    private void Wait(Func<CancellationToken, Task> work, TimeSpan patience) => Wait(async token =>
    {
        await work(token).ConfigureAwait(false);
        return true;
    }, patience);

    private static bool Redirects(HttpResponseMessage answer) => (int)answer.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static string? Header(HttpResponseMessage answer, string name) => answer.Headers.TryGetValues(name, out var values) ? values.First() : null;

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // it becomes the name of a file
    private static string Plain(string? etag, Uri address)
    {
        var name = etag?.Replace("W/", string.Empty, StringComparison.Ordinal).Trim('"') ?? string.Empty;
        return name.Length is > 0 and <= 128 && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '-')
            ? name
            : "unnamed-" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes($"{address}{etag}")))[..32];
    }
}

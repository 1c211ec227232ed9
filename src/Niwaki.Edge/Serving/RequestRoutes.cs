using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Niwaki.Edge;

/// <summary>Which request is answered by whom; who may ask; and how errors are told.</summary>
internal sealed class RequestRoutes(SegmentEndpoint segment, StatusAnswers status, EdgeMetrics metrics, ServeOptions options, EdgeSession session) : IDisposable
{
    private static readonly string[] LocalNames = ["localhost", "127.0.0.1", "[::1]"];

    /// <summary>Whether requests should come here.</summary>
    public bool IsReady { get; set; }

    /// <inheritdoc/>
    public void Dispose() => segment.Dispose();

    /// <summary>Answers a request, whatever it is.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "the outermost frame of a request: a bug must not take the server down")]
    public async Task AnswerAsync(HttpContext http)
    {
        var begun = session.Time.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(options.RequestTime);
        var counted = http.Request.Path == "/v1/segment";
        try
        {
            Guard(http);
            await RouteAsync(http, limit.Token);
        }
        catch (Refusal problem)
        {
            await TellAsync(http, problem.Status, problem.Message, problem.RetryAfter);
        }
        catch (BadHttpRequestException problem)
        {
            await TellAsync(http, problem.StatusCode, problem.Message, null);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
            counted = false; // nobody is there to be answered
        }
        catch (OperationCanceledException)
        {
            await TellAsync(http, StatusCodes.Status408RequestTimeout, string.Create(CultureInfo.InvariantCulture, $"The request took longer than {options.RequestTime.TotalSeconds:0.###} s."), null);
        }
        catch (IOException)
        {
            http.Abort(); // the sender went away
            counted = false;
        }
        catch (StageException problem)
        {
            session.Say(problem.Message);
            await TellAsync(http, StatusCodes.Status500InternalServerError, problem.Message, null);
        }
        catch (Exception problem)
        {
            session.Say($"This is a bug in niwaki-edge {EdgeSession.Version}: {problem}");
            await TellAsync(http, StatusCodes.Status500InternalServerError, "This is a bug in niwaki-edge; its log has more.", null);
        }

        if (counted)
            metrics.Answer(http.Response.StatusCode, session.Time.GetElapsedTime(begun));
    }

    private Task RouteAsync(HttpContext http, CancellationToken cancel)
    {
        var (method, path) = (http.Request.Method, http.Request.Path.Value ?? "/");
        if (path == "/v1/segment")
            return method == HttpMethods.Post ? segment.AnswerAsync(http, cancel) : throw Method(http, HttpMethods.Post);
        Func<HttpContext, CancellationToken, Task>? answer = path switch
        {
            "/healthz" => (_, _) => TextAsync(http, StatusCodes.Status200OK, "ok\n"),
            "/readyz" => (_, _) => IsReady ? TextAsync(http, StatusCodes.Status200OK, "ready\n") : TextAsync(http, StatusCodes.Status503ServiceUnavailable, "not ready\n"),
            "/metrics" => (_, _) => status.MetricsAsync(http, segment.Admission.Inside),
            "/v1/model" => (_, _) => status.ModelAsync(http),
            "/v1/drift" => (_, _) => status.DriftAsync(http),
            _ when PageFiles.Has(path) => (_, _) => PageFiles.AnswerAsync(http, path),
            _ => null,
        };
        if (answer is null)
            throw new Refusal(StatusCodes.Status404NotFound, "There is nothing here. POST a picture to /v1/segment; /v1/model, /v1/drift, /metrics, /healthz and /readyz tell about the server; / is a page for people.");
        return method == HttpMethods.Get || method == HttpMethods.Head ? answer(http, cancel) : throw Method(http, "GET, HEAD");
    }

    // who may ask at all
    private void Guard(HttpContext http)
    {
        var (request, headers) = (http.Request, http.Response.Headers);
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        var path = request.Path.Value ?? "/";
        if (IPAddress.IsLoopback(options.Address.Address) && !LocalNames.Contains(request.Host.Host, StringComparer.OrdinalIgnoreCase))
            throw new Refusal(StatusCodes.Status421MisdirectedRequest, "This server answers to localhost alone. Start it with --listen for other names.");
        // a page of somebody else in a browser on this machine
        if (request.Headers.Origin.ToString() is { Length: > 0 } origin && (!Uri.TryCreate(origin, UriKind.Absolute, out var page) || !page.Authority.Equals(request.Host.Value, StringComparison.OrdinalIgnoreCase)))
            throw new Refusal(StatusCodes.Status403Forbidden, "Pages of other sites may not ask this server.");
        if (options.Token is not { } token || !(path.StartsWith("/v1/", StringComparison.Ordinal) || path == "/metrics"))
            return;
        if (token.Admits(request.Headers.Authorization.ToString()))
            return;
        headers.WWWAuthenticate = "Bearer";
        throw new Refusal(StatusCodes.Status401Unauthorized, "A token is needed: Authorization: Bearer TOKEN.");
    }

    private static Refusal Method(HttpContext http, string allowed)
    {
        http.Response.Headers.Allow = allowed;
        return new Refusal(StatusCodes.Status405MethodNotAllowed, $"Only {allowed} is answered here.");
    }

    private static async Task TellAsync(HttpContext http, int status, string reason, TimeSpan? retryAfter)
    {
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = status;
        if (retryAfter is { } wait)
            http.Response.Headers.RetryAfter = wait.TotalSeconds.ToString("0", CultureInfo.InvariantCulture);
        var json = EdgeJson.Write(new ProblemAnswer(status, reason));
        http.Response.ContentType = "application/problem+json";
        http.Response.ContentLength = json.Length;
        try
        {
            await http.Response.Body.WriteAsync(json, http.RequestAborted);
        }
        catch (Exception problem) when (problem is IOException or OperationCanceledException)
        {
            // the sender does not want to know
        }
    }

    private static async Task TextAsync(HttpContext http, int code, string text)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = "text/plain; charset=utf-8";
        http.Response.ContentLength = text.Length;
        await http.Response.WriteAsync(text, http.RequestAborted);
    }
}

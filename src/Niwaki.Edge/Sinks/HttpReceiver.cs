using System.Net.Http.Headers;
using System.Text;

namespace Niwaki.Edge;

/// <summary>A web server that takes results and alarms as JSON by POST, told apart by the header <c>Niwaki-Kind</c>.</summary>
internal sealed class HttpReceiver : Receiver
{
    private readonly Uri url;
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = TimeSpan.FromSeconds(10) };

    public HttpReceiver(Uri url)
    {
        this.url = new UriBuilder(url) { UserName = string.Empty, Password = string.Empty }.Uri;
        if (url.UserInfo.Length > 0)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo))));
        Name = new UriBuilder(this.url) { Query = string.Empty }.Uri.ToString();
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override async Task SendAsync(byte[] json, bool alarm, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(json) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } } };
        request.Headers.Add("Niwaki-Kind", alarm ? "alarm" : "frame");
        try
        {
            using var response = await client.SendAsync(request, cancel);
            if (!response.IsSuccessStatusCode)
                throw new IOException($"answered {(int)response.StatusCode} {response.ReasonPhrase}");
        }
        catch (HttpRequestException problem)
        {
            throw new IOException(problem.Message, problem);
        }
        catch (OperationCanceledException problem) when (!cancel.IsCancellationRequested)
        {
            throw new IOException("did not answer in 10 s", problem);
        }
    }

    /// <inheritdoc/>
    protected override ValueTask CloseAsync()
    {
        client.Dispose();
        return ValueTask.CompletedTask;
    }
}

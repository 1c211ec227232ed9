using System.Net.Http.Headers;
using System.Text;
using Niwaki.Vision;

namespace Niwaki.Edge;

/// <summary>A camera that sends JPEG pictures over HTTP, one after the other (<c>multipart/x-mixed-replace</c>), or one at a time.</summary>
internal sealed class MjpegStream(Uri url, EdgeSession session) : FrameSource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override string Name { get; } = new UriBuilder(url) { UserName = string.Empty, Password = string.Empty, Query = string.Empty }.Uri.ToString();

    /// <inheritdoc/>
    public override bool IsLive => true;

    /// <inheritdoc/>
    public override async IAsyncEnumerable<Frame> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = Patience, AllowAutoRedirect = false }) { Timeout = Timeout.InfiniteTimeSpan };
        var wait = new Reconnection(session.Time);
        var number = 0L;
        while (true)
        {
            await using var pictures = PicturesAsync(client, cancel).GetAsyncEnumerator(cancel);
            while (await NextAsync(pictures))
            {
                wait.Reset();
                var bytes = pictures.Current;
                var name = $"{number++:00000000}";
                yield return new Frame(name, session.Time.GetUtcNow(), network => ImageCodec.DecodeFor(bytes, $"{Name} frame {name}", network));
            }

            await wait.WaitAsync(cancel);
        }

        async ValueTask<bool> NextAsync(IAsyncEnumerator<byte[]> pictures)
        {
            try
            {
                return await pictures.MoveNextAsync();
            }
            catch (Exception problem) when (problem is HttpRequestException or IOException or InvalidDataException || (problem is OperationCanceledException && !cancel.IsCancellationRequested))
            {
                session.Say($"{Name}: {(problem is OperationCanceledException ? $"sent nothing for {Patience.TotalSeconds:0} s" : problem.Message)} Trying again in {wait.Next.TotalSeconds:0.##} s.");
                return false;
            }
        }
    }

    private async IAsyncEnumerable<byte[]> PicturesAsync(HttpClient client, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(url) { UserName = string.Empty, Password = string.Empty }.Uri);
        if (url.UserInfo.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo))));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"answered {(int)response.StatusCode} {response.ReasonPhrase}.");
        var type = response.Content.Headers.ContentType;
        await using var stream = await response.Content.ReadAsStreamAsync(patience.Token);
        var reader = new MultipartPictures(stream, type?.Parameters.FirstOrDefault(parameter => parameter.Name.Equals("boundary", StringComparison.OrdinalIgnoreCase))?.Value);
        while (true)
        {
            patience.CancelAfter(Patience);
            var picture = type?.MediaType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true
                ? await reader.NextAsync(patience.Token)
                : await reader.WholeAsync(patience.Token);
            if (picture is null)
                yield break;
            yield return picture;
        }
    }
}

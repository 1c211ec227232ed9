using Microsoft.AspNetCore.Http;

namespace Niwaki.Edge;

/// <summary>The page for people: three files within the program, which ask nobody else for anything.</summary>
internal static class PageFiles
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly Dictionary<string, (string Name, string Type)> Files = new(StringComparer.Ordinal)
    {
        ["/"] = ("page.html", "text/html; charset=utf-8"),
        ["/page.css"] = ("page.css", "text/css; charset=utf-8"),
        ["/page.js"] = ("page.js", "text/javascript; charset=utf-8"),
    };

    /// <summary>Whether it is one of them.</summary>
    public static bool Has(string path) => Files.ContainsKey(path);

    /// <summary>Sends one.</summary>
    public static async Task AnswerAsync(HttpContext http, string path)
    {
        var (name, type) = Files[path];
        await using var stream = typeof(PageFiles).Assembly.GetManifestResourceStream(name)!;
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()";
        http.Response.ContentType = type;
        http.Response.ContentLength = stream.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
            await stream.CopyToAsync(http.Response.Body, http.RequestAborted);
    }
}

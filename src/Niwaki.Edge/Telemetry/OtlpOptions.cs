using System.Globalization;

namespace Niwaki.Edge;

/// <summary>Where metrics are sent, and how often.</summary>
/// <param name="Url">Of a collector, with its path.</param>
/// <param name="Every">Time between two of them.</param>
/// <param name="Headers">Sent along, such as a key.</param>
internal sealed record OtlpOptions(Uri Url, TimeSpan Every, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Interval = "OTEL_METRIC_EXPORT_INTERVAL";
    private const string Header = "OTEL_EXPORTER_OTLP_HEADERS";
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(1);

    /// <summary>What the command line asks for, else OpenTelemetry's usual variables; <see langword="null"/> where neither asks: nothing is sent.</summary>
    /// <param name="given">The option.</param>
    /// <param name="variable">The environment.</param>
    /// <exception cref="StageException">Not understood.</exception>
    public static OtlpOptions? Of(string? given, Func<string, string?> variable)
    {
        var (text, source) = given is not null ? (given, "--otlp") : (variable(Endpoint), Endpoint);
        if (string.IsNullOrEmpty(text))
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.Fragment.Length > 0)
            throw new StageException($"{source}: is '{text}', but the address of a collector is needed that takes OTLP over HTTP, such as http://localhost:4318.");
        return new OtlpOptions(new Uri(url.ToString().TrimEnd('/') + "/v1/metrics"), Step(variable(Interval)), Pairs(variable(Header)));
    }

    private static TimeSpan Step(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return Usual;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds is >= 100 and <= 86_400_000
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new StageException($"{Interval}: is '{text}', but milliseconds from 100 to 86400000 are needed.");
    }

    private static KeyValuePair<string, string>[] Pairs(string? text) =>
    [
        .. (text ?? string.Empty).Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(pair => pair.IndexOf('=', StringComparison.Ordinal) is var at and > 0
            ? new KeyValuePair<string, string>(pair[..at].Trim(), Uri.UnescapeDataString(pair[(at + 1)..].Trim()))
            : throw new StageException($"{Header}: one of its parts is no NAME=VALUE."))
    ];
}

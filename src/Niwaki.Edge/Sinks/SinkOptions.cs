namespace Niwaki.Edge;

/// <summary>What sinks are made with.</summary>
/// <param name="Classes">Names and colours.</param>
/// <param name="State">The folder for what has to outlive the program.</param>
/// <param name="Session">Clock and messages.</param>
internal sealed record SinkOptions(IReadOnlyList<ClassInfo> Classes, string State, EdgeSession Session)
{
    /// <summary>Opacity of overlays.</summary>
    public double Opacity { get; init; } = 0.5;

    /// <summary>How many pictures a folder keeps, the oldest being overwritten; all of them where there is no number.</summary>
    public int? Keep { get; init; }

    /// <summary>What a sink may be, for help and errors.</summary>
    public const string Forms = "labels:FOLDER (PNG, grey value = class), overlay:FOLDER (JPEG), jsonl:FILE or jsonl:- (one line a frame), mqtt://[USER:PASSWORD@]HOST[:PORT]/TOPIC or mqtts://..., http://HOST/... or https://HOST/... (POST)";

    /// <summary>The sink that a user names.</summary>
    /// <exception cref="StageException">No such sink.</exception>
    public Sink Open(string text)
    {
        var colon = text.IndexOf(':');
        var (scheme, rest) = colon < 0 ? (string.Empty, text) : (text[..colon], text[(colon + 1)..]);
        return scheme switch
        {
            "labels" when rest.Length > 0 => new LabelFiles(rest, Keep),
            "overlay" when rest.Length > 0 => new OverlayFiles(rest, new Palette(Classes), Opacity, Keep),
            "jsonl" when rest.Length > 0 => new JsonLines(rest, Classes, Session),
            "mqtt" or "mqtts" => new RemoteSink(new MqttReceiver(Url(text)), Classes, State, Session),
            "http" or "https" => new RemoteSink(new HttpReceiver(Url(text)), Classes, State, Session),
            _ => throw new StageException($"sink: '{text}' is none. A sink is {Forms}."),
        };
    }

    private static Uri Url(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Host.Length > 0
        ? url
        : throw new StageException($"sink: '{text}' is no address. Something like mqtt://broker.local/niwaki/roof or https://host/frames is needed.");
}

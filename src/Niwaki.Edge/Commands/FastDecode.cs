using System.CommandLine;

namespace Niwaki.Edge;

/// <summary>The option to decode JPEG pictures at a fraction of their size.</summary>
internal sealed class FastDecode
{
    private readonly Option<bool> option = new("--fast-decode") { Description = "JPEG pictures of which a half or a quarter of the width and height still is twice what the model takes are decoded at that size, in a fraction of the time. Labels keep the picture's own size and may differ in a few pixels; frames kept for labelling are as small." };

    public FastDecode(Command command) => command.Add(option);

    /// <summary>Whether it is asked for.</summary>
    /// <exception cref="StageException">Somebody needs every pixel.</exception>
    public bool Of(ParseResult parsed, Tiling? tiling, SinkSet sinks)
    {
        if (!parsed.GetValue(option))
            return false;
        if (tiling is not null)
            throw new StageException("--fast-decode: frames that are cut into tiles are needed at their own size. Leave out one of --fast-decode and --tile.");
        return sinks.Sinks.FirstOrDefault(sink => sink.TakesPixels) is not { } taking
            ? true
            : throw new StageException($"--fast-decode: {taking.Name} needs pictures at their own size. Leave out one of the two.");
    }
}

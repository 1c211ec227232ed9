using System.CommandLine;

namespace Niwaki.Edge;

/// <summary>The options of every command that loads a model.</summary>
internal sealed class DeploymentOptions
{
    private readonly Option<string> bundle = new("--bundle") { Description = "The folder of a bundle, or the folder that bundles were installed into. Default: $NIWAKI_BUNDLE, or the bundle that this program lies in.", HelpName = "FOLDER" };
    private readonly Option<string> key = new("--public-key") { Description = "The public key (PEM) of who may make bundles; with it an unsigned bundle, or one of somebody else, is refused. Default: the one that was given when bundles were installed.", HelpName = "FILE" };
    private readonly Option<int?> threads = new("--threads") { Description = "Threads within an operator. Default: what the bundle says of its device.", HelpName = "N" };
    private readonly Option<int> lanes = new("--lanes") { Description = "Pictures that the model labels at the same time; its weights are shared, its working memory is not.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> tile = new("--tile") { Description = "Frames with a longer side than this many pixels are cut into tiles. Default: the model sees the whole frame at once.", HelpName = "PIXELS" };
    private readonly Option<int?> overlap = new("--overlap") { Description = "Least pixels that neighbouring tiles share. Default: an eighth of a tile.", HelpName = "PIXELS" };

    public DeploymentOptions(Command command, bool tiles)
    {
        command.Add(bundle);
        command.Add(key);
        command.Add(threads);
        command.Add(lanes);
        if (!tiles)
            return;
        command.Add(tile);
        command.Add(overlap);
    }

    /// <summary>The bundle, checked.</summary>
    public Bundle Bundle(ParseResult parsed)
    {
        // a bundle's program lies in its folder bin
        var folder = parsed.GetValue(bundle) ?? Environment.GetEnvironmentVariable("NIWAKI_BUNDLE") ?? Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, ".."));
        using var trusted = parsed.GetValue(key) is { } file ? BundleKey.Read(file) : new BundleStore(folder).ReadTrustedKey();
        return Niwaki.Bundle.Open(BundleStore.Resolve(folder), trusted);
    }

    /// <summary>The bundle with its model.</summary>
    public Deployment Open(ParseResult parsed) => Deployment.Open(
        Bundle(parsed),
        Checked.Within(parsed, lanes, 1, 64),
        parsed.GetValue(threads) is null ? null : Checked.Within(parsed, threads, 1, 1024));

    /// <summary>How large frames are cut, where they are.</summary>
    public Tiling? Tiling(ParseResult parsed)
    {
        if (parsed.GetValue(tile) is null)
        {
            return parsed.GetValue(overlap) is null ? null : throw new StageException("--overlap: is for frames that are cut into tiles. Give --tile as well.");
        }

        var side = Checked.Within(parsed, tile, 16, 16384);
        var shared = parsed.GetValue(overlap) is null ? side / 8 : Checked.Within(parsed, overlap, 0, side / 2);
        return new Tiling(side, shared);
    }
}

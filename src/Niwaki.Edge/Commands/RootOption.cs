using System.CommandLine;

namespace Niwaki.Edge;

/// <summary>The folder that bundles are installed into.</summary>
internal static class RootOption
{
    public static Option<string> Make() => new("--root") { Description = "The folder that bundles are installed into: they lie side by side in it, and a link says which one serves.", HelpName = "FOLDER", Required = true };
}

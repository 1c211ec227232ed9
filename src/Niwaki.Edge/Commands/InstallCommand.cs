using System.CommandLine;

namespace Niwaki.Edge;

/// <summary><c>niwaki-edge install</c>.</summary>
internal static class InstallCommand
{
    public static Command Make(EdgeSession session)
    {
        var defaults = new InstallRules();
        var archive = new Argument<string>("bundle") { Description = "The bundle, as 'niwaki bundle' wrote it." };
        var root = RootOption.Make();
        var key = new Option<string?>("--public-key") { Description = "The public key (PEM) of who may make bundles. It is remembered: from then on bundles of others are refused here.", HelpName = "FILE" };
        var keep = new Option<int>("--keep") { Description = "Bundles that are kept for a rollback, besides the one that serves.", HelpName = "N", DefaultValueFactory = _ => defaults.Keep };
        var downgrade = new Option<bool>("--allow-downgrade") { Description = "Takes a lower revision, or another deployment, than what serves." };
        var validation = new Option<string?>("--validation") { Description = "A folder of further pictures on which the new and the serving model are compared; the true labels of a.jpg may lie beside it as a.jpg.labels.png.", HelpName = "FOLDER" };
        var pictures = new Option<int>("--max-pictures") { Description = "At most so many pictures are compared.", HelpName = "N", DefaultValueFactory = _ => defaults.MaxPictures };
        var agreement = new Option<double>("--min-agreement") { Description = "Least share of the pixels that both models label alike.", HelpName = "SHARE", DefaultValueFactory = _ => defaults.MinAgreement };
        var confidence = new Option<double>("--max-confidence-drop") { Description = "Most mean confidence that the new model may have less.", HelpName = "SHARE", DefaultValueFactory = _ => defaults.MaxConfidenceDrop };
        var accuracy = new Option<double>("--max-accuracy-drop") { Description = "Most of the share of right pixels that the new model may have less, where true labels are there.", HelpName = "SHARE", DefaultValueFactory = _ => defaults.MaxAccuracyDrop };
        var command = new Command("install", "Installs a bundle beside the one that serves: checks signature and checksums, tries it on its golden pictures, compares it with the serving model, and switches in one step. Whatever goes wrong before leaves the old one serving. What serves over HTTP has to be restarted to take the new one.") { archive, root, key, keep, downgrade, validation, pictures, agreement, confidence, accuracy };
        command.SetAction(parsed =>
        {
            using var publicKey = parsed.GetValue(key) is { } file ? BundleKey.Read(file) : null;
            var rules = defaults with
            {
                Key = publicKey,
                Keep = parsed.GetValue(keep),
                AllowDowngrade = parsed.GetValue(downgrade),
                Validation = parsed.GetValue(validation),
                MaxPictures = parsed.GetValue(pictures),
                MinAgreement = parsed.GetValue(agreement),
                MaxConfidenceDrop = parsed.GetValue(confidence),
                MaxAccuracyDrop = parsed.GetValue(accuracy),
                Reached = step => session.Say($"  {Catalog.Kebab(step.ToString())}"),
                Cancel = session.Stop,
            };
            var report = new BundleStore(parsed.GetValue(root)!).Install(parsed.GetValue(archive)!, rules, bundle => new EdgeTrial(bundle, session));
            Tell(report, rules, session);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Tell(InstallReport report, InstallRules rules, EdgeSession session)
    {
        var lines = (report.SelfTest?.Lines ?? []).Concat(report.Comparison?.Judge(rules).Lines ?? []);
        foreach (var line in lines)
            session.Output.WriteLine($"pass  {line.What}: {line.Value} ({line.Limit})");
        foreach (var remark in report.Remarks)
            session.Output.WriteLine(remark);
        if (!report.Unchanged)
            session.Output.WriteLine($"{report.Bundle.Label} serves now{(report.Before is { } before ? $"; before, {before.Label} did" : string.Empty)}.");
    }
}

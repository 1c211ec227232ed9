namespace Niwaki;

/// <summary>Says what an import did, in both directions.</summary>
internal static class ImportTelling
{
    public static void Tell(ImportReport report, Recognized known, Preprocess preprocess, int classes, IStageLog log)
    {
        var model = report.Model ?? $"a {Catalog.NameOf(known.Architecture.Backbone.GetType(), typeof(Backbone))} of its own widths with a {Catalog.NameOf(known.Architecture.Head.GetType(), typeof(Head))} head";
        log.Say($"{model}{(known.AlsoKnownAs.Count > 0 ? $" (the same tensors as {string.Join(", ", known.AlsoKnownAs)})" : string.Empty)} under the names of {report.Naming}{(report.Prefix is null ? string.Empty : $", without '{report.Prefix}' before them")}; {report.Tensors} tensors taken over.");
        if (known.HasClassifier && classes != known.Architecture.Classes)
            log.Say($"The checkpoint has {known.Architecture.Classes} classes, {classes} were asked for: its classifier starts anew.");
        List(log, "starting anew", report.Fresh);
        List(log, "of another shape, left out", report.Misfits);
        List(log, "resampled", report.Resampled);
        List(log, "of the checkpoint without a place in the network", report.Unused);
        List(log, "superfluous (indices, masks, counters, auxiliary heads)", report.Skipped);
        log.Say($"Pictures: {preprocess.Width}x{preprocess.Height}, {Catalog.Kebab(preprocess.Interpolation.ToString())}, {Catalog.Kebab(preprocess.Resize.ToString())}, {preprocess.ChannelOrder.ToString().ToLowerInvariant()}, mean {preprocess.Mean}, std {preprocess.Std}.");
    }

    private static void List(IStageLog log, string what, ValueList<string> names)
    {
        const int Most = 6;
        if (names.Count > 0)
            log.Say($"{names.Count} {what}: {string.Join(", ", names.Take(Most))}{(names.Count > Most ? $" and {names.Count - Most} more ({ImportReport.FileName} lists all)" : string.Empty)}.");
    }
}

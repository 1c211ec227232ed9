namespace Niwaki;

/// <summary>A new model beside the one that serves, on the same pictures.</summary>
/// <param name="Pictures">How many.</param>
/// <param name="Agreement">The fraction of the pixels that both label alike, by the names of the classes.</param>
/// <param name="Confidence">Mean confidence of the new one.</param>
/// <param name="ServingConfidence">Mean confidence of the one that serves.</param>
/// <param name="Accuracy">The fraction of right pixels of the new one, where true labels are there.</param>
/// <param name="ServingAccuracy">The fraction of right pixels of the one that serves.</param>
public sealed record BundleComparison(int Pictures, double Agreement, double? Confidence, double? ServingConfidence, double? Accuracy, double? ServingAccuracy)
{
    /// <summary>Judges it, one line for each rule that can be judged.</summary>
    public Verdict Judge(InstallRules rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var lines = new List<VerdictLine> { new("pixels labelled as by the serving model", Invariant($">= {rules.MinAgreement:0.000}"), Invariant($"{Agreement:0.0000}"), Agreement >= rules.MinAgreement) };
        if (Confidence is { } confidence && ServingConfidence is { } before)
            lines.Add(new VerdictLine("mean confidence", Invariant($">= {before - rules.MaxConfidenceDrop:0.000}"), Invariant($"{confidence:0.0000} (serving {before:0.0000})"), confidence >= before - rules.MaxConfidenceDrop));
        if (Accuracy is { } right && ServingAccuracy is { } was)
            lines.Add(new VerdictLine("right pixels", Invariant($">= {was - rules.MaxAccuracyDrop:0.000}"), Invariant($"{right:0.0000} (serving {was:0.0000})"), right >= was - rules.MaxAccuracyDrop));
        return new Verdict(lines);
    }

    /// <summary>Labels pictures with both.</summary>
    internal static BundleComparison? Of(IBundleTrial candidate, IBundleTrial serving, IReadOnlyList<ClassInfo> classes, IReadOnlyList<ClassInfo> servingClasses, IReadOnlyList<string> pictures, CancellationToken cancel)
    {
        // a class is what it is called: its index may have changed
        byte[] translated = [.. Enumerable.Range(0, 256).Select(index => index < servingClasses.Count && classes.Select(item => item.Name).ToList().IndexOf(servingClasses[index].Name) is >= 0 and var place ? (byte)place : LabelMap.Ignore)];
        long pixels = 0, alike = 0, known = 0, right = 0, servingRight = 0;
        var (confidences, servingConfidences) = (new List<double>(), new List<double>());
        foreach (var picture in pictures)
        {
            cancel.ThrowIfCancellationRequested();
            var (answer, before) = (candidate.Label(picture), serving.Label(picture));
            if (answer.Labels.Labels.Length != before.Labels.Labels.Length)
                throw new StageException($"{picture}: one model gives {answer.Labels.Width}x{answer.Labels.Height} labels, the other {before.Labels.Width}x{before.Labels.Height}. One of them is broken.");
            for (var i = 0; i < answer.Labels.Labels.Length; i++)
            {
                var (now, then) = (answer.Labels.Labels[i], translated[before.Labels.Labels[i]]);
                alike += now == then ? 1 : 0;
                if (answer.Truth?.Labels[i] is not { } truth || truth == LabelMap.Ignore)
                    continue;
                known++;
                right += now == truth ? 1 : 0;
                servingRight += then == truth ? 1 : 0;
            }

            pixels += answer.Labels.Labels.Length;
            if (answer.Confidence is { } confidence)
                confidences.Add(confidence);
            if (before.Confidence is { } servingConfidence)
                servingConfidences.Add(servingConfidence);
        }

        return pixels == 0
            ? null
            : new BundleComparison(pictures.Count, (double)alike / pixels, Mean(confidences), Mean(servingConfidences), known > 0 ? (double)right / known : null, known > 0 ? (double)servingRight / known : null);
    }

    private static double? Mean(List<double> values) => values.Count > 0 ? values.Average() : null;

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

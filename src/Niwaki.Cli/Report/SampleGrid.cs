using System.Globalization;
using Niwaki.Vision;

namespace Niwaki.Cli;

/// <summary>Pictures of the validation split, with the truth and what the models say.</summary>
/// <param name="Models">The columns after picture and truth.</param>
/// <param name="Rows">The pictures.</param>
/// <param name="Missing">Why there are no pictures.</param>
internal sealed record SampleGrid(IReadOnlyList<string> Models, IReadOnlyList<SampleRow> Rows, string? Missing)
{
    private const int MostModels = 5;
    private const int MostRows = 8;
    private const int MostPixels = 320;

    public static SampleGrid Read(string run, RunIndex index, IReadOnlyList<ModelEntry> models)
    {
        // where models were measured on several datasets, the last one counts: it is what the chain ends with
        var data = models.SelectMany(model => model.Artifacts[0].Measurements).Where(entry => Directory.Exists(FolderOf(run, entry)))
            .OrderBy(entry => index.Steps.TakeWhile(step => step.Name != entry.Step).Count()).Select(entry => index.Recipe.DataOf(entry.Step)).LastOrDefault();
        var shown = models.Select(model => (model.Name, Masks: MasksOf(run, model, entry => Equals(index.Recipe.DataOf(entry.Step), data)))).Where(model => model.Masks.Count > 0).ToArray();
        if (shown.Length > MostModels)
            shown = [shown[0], .. shown[^(MostModels - 1)..]];
        if (shown.Length == 0)
            return new SampleGrid([], [], "The measurements kept no sample pictures.");
        var names = shown.Select(model => model.Name).ToArray();
        if (data is null)
            return new SampleGrid(names, [], "The recipe names no dataset.");
        try
        {
            var set = data.Open(Split.Validation);
            var colors = data.Classes().Select(info => Colored.Parse(info.Color)).ToArray();
            var rows = shown.SelectMany(model => model.Masks.Keys).Distinct().Order().Where(picture => picture < set.Count).Take(MostRows).Select(picture =>
            {
                var sample = set.Load(picture);
                return new SampleRow(
                    sample.Id,
                    Uri("jpeg", ImageCodec.EncodeJpeg(Colored.Shrink(sample.Image, MostPixels), 88)),
                    sample.Labels is null ? null : Mask(sample.Labels, colors),
                    [.. shown.Select(model => model.Masks.TryGetValue(picture, out var file) ? Mask(ImageCodec.DecodeMask(file), colors) : null)]);
            });
            return new SampleGrid(names, [.. rows], null);
        }
        catch (StageException problem)
        {
            // the figures do not need the pictures
            return new SampleGrid(names, [], problem.Message);
        }
    }

    private static SortedDictionary<int, string> MasksOf(string run, ModelEntry model, Func<MeasurementEntry, bool> counts)
    {
        var masks = new SortedDictionary<int, string>();
        foreach (var measurement in model.Artifacts[0].Measurements.Where(counts))
        {
            var folder = FolderOf(run, measurement);
            if (!Directory.Exists(folder))
                continue;
            foreach (var file in Directory.EnumerateFiles(folder, "*.png"))
            {
                if (int.TryParse(Path.GetFileNameWithoutExtension(file), CultureInfo.InvariantCulture, out var picture))
                    masks.TryAdd(picture, file);
            }
        }

        return masks;
    }

    private static string FolderOf(string run, MeasurementEntry measurement) => Path.Combine(run, measurement.Folder, Measure.SamplesFolder);

    private static string Mask(LabelMap labels, (byte Red, byte Green, byte Blue)[] colors) => Uri("png", ImageCodec.EncodePng(Colored.Paint(Colored.Shrink(labels, MostPixels), colors)));

    private static string Uri(string type, byte[] bytes) => $"data:image/{type};base64,{Convert.ToBase64String(bytes)}";
}

/// <summary>One picture.</summary>
/// <param name="Id">Its name in the dataset.</param>
/// <param name="Image">A data URI.</param>
/// <param name="Truth">A data URI; absent without labels.</param>
/// <param name="Predictions">Data URIs, one for each model of the grid.</param>
internal sealed record SampleRow(string Id, string Image, string? Truth, IReadOnlyList<string?> Predictions);

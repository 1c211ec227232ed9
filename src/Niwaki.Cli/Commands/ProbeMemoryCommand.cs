using System.CommandLine;
using System.Globalization;
using Niwaki.Vision;

namespace Niwaki.Cli;

/// <summary>
/// <c>niwaki probe-memory MODEL</c>, for the measure stage: a fresh process loads the model, labels pictures and prints its own peak
/// resident set as one line of JSON.
/// </summary>
internal static class ProbeMemoryCommand
{
    private const int Pictures = 5;

    public static Command Make(Session session)
    {
        var model = new Argument<string>("model");
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => 1 };
        var command = new Command("probe-memory", "Prints the peak memory of a process that loads a model and labels pictures.") { model, threads };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            var artifact = ArtifactStore.Open<IModel>(parsed.GetRequiredValue(model), session.Words);
            using (var segmenter = Engine.For(artifact, session.Words).Open(artifact, session.Words, Math.Max(1, parsed.GetValue(threads))))
            {
                var random = new Random(1);
                var image = new float[segmenter.Input.Elements];
                for (var picture = 0; picture < Pictures; picture++)
                {
                    for (var index = 0; index < image.Length; index++)
                        image[index] = (float)(random.NextDouble() * 4 - 2);
                    segmenter.Run(image);
                }
            }

            session.Line(string.Create(CultureInfo.InvariantCulture, $"{{\"peakBytes\":{PeakResident()}}}"));
            return ExitCode.Done;
        });
        return command;
    }

    // VmHWM: the kernel's high-water mark of this process
    private static long PeakResident()
    {
        var line = File.Exists("/proc/self/status") ? File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is null ? Environment.WorkingSet : long.Parse(line.Split(':')[1].Trim().Split(' ')[0], CultureInfo.InvariantCulture) * 1024;
    }
}

using System.CommandLine;
using System.Text.Json;
using Niwaki.Torch;
using TorchSharp;

namespace Niwaki.Cli;

/// <summary>The options that mean the same in every command. A stage's own option of that name goes before.</summary>
internal sealed class CommonOptions
{
    public Option<string?> In { get; } = new("--in") { Description = "The folder of the artifact to work on.", HelpName = "folder" };

    public Argument<string?> Model { get; } = new("model") { Description = "The same as --in.", Arity = ArgumentArity.ZeroOrOne };

    public Option<string?> Out { get; } = new("--out") { Description = "The folder to write.", HelpName = "folder" };

    public Option<string?> Data { get; } = new("--data") { Description = "The dataset: a folder, 'synthetic', or JSON such as '{ \"kind\": \"synthetic\", \"train\": 2000 }'.", HelpName = "folder|name|json" };

    public Option<string?> Preprocess { get; } = new("--preprocess") { Description = "What an ONNX file that does not say it wants of its pictures: '{ \"mean\": [0.5, 0.5, 0.5], \"std\": [0.5, 0.5, 0.5], \"channelOrder\": \"bgr\", \"resize\": \"letterbox\", \"width\": 512, \"height\": 512, \"classes\": [\"land\", \"water\"] }', each where it differs from ImageNet's.", HelpName = "json" };

    public Option<int[]> Seed { get; } = new("--seed") { Description = "Every random choice follows from it.", HelpName = "n", AllowMultipleArgumentsPerToken = true };

    public Option<bool> Json { get; } = new("--json") { Description = "The result as JSON on the output; what is said on the way goes to the error stream." };

    public Option<string[]> Device { get; } = new("--device") { Description = "Also predicts the latency on this device, from its profile, such as devices/jetson-nano-4gb.json; or on several. A prediction is told apart from what was measured, with its error.", HelpName = "file", AllowMultipleArgumentsPerToken = true };

    public Option<int?> Threads { get; } = new("--threads") { Description = "Threads for training. [all cores]", HelpName = "n" };

    /// <summary>Adds those options whose names the command does not have already.</summary>
    public void AddTo(Command command, params ReadOnlySpan<Option> options)
    {
        foreach (var option in options)
        {
            if (command.Options.All(other => other.Name != option.Name))
                command.Add(option);
        }
    }

    /// <summary>The dataset that was given.</summary>
    /// <exception cref="StageException">There is none of that name.</exception>
    public DataSource? ReadData(ParseResult parsed, Vocabulary vocabulary)
    {
        if (parsed.GetValue(Data) is not { } given)
            return null;
        var problems = new List<string>();
        if (!given.TrimStart().StartsWith('{'))
            return Vision.DataSources.Detect(given, vocabulary);
        try
        {
            using var json = JsonDocument.Parse(given);
            JsonKeys.Check(json.RootElement, typeof(DataSource), vocabulary, "--data", problems);
        }
        catch (JsonException problem)
        {
            throw new UsageException($"--data: is not JSON ({JsonKeys.Plain(problem.Message)})");
        }

        return problems.Count == 0 ? vocabulary.Read<DataSource>(given, "--data") : throw new UsageException(string.Join(Environment.NewLine, problems));
    }

    /// <summary>Applies <see cref="Threads"/> to libtorch.</summary>
    /// <exception cref="UsageException">Below one.</exception>
    public void ApplyThreads(ParseResult parsed)
    {
        if (parsed.GetResult(Threads) is null || parsed.GetValue(Threads) is not { } threads)
            return;
        if (threads < 1)
            throw new UsageException($"--threads: {threads} is not a number from 1.");
        LibTorch.Load();
        torch.set_num_threads(threads);
    }
}

using Spectre.Console.Testing;

namespace Niwaki.Cli.Tests;

/// <summary>The program in this process, in a folder of its own, with the stages of these tests besides the real ones.</summary>
internal sealed class CommandLine : IDisposable
{
    public static Vocabulary Words { get; } = new(typeof(Vision.Engine).Assembly, typeof(Torch.LibTorch).Assembly, typeof(Onnx.Export).Assembly, typeof(Sketch).Assembly);

    public string Folder { get; }

    public CommandLine(string? folder = null) => Folder = folder is null ? Directory.CreateTempSubdirectory("niwaki-cli-").FullName : Directory.CreateDirectory(folder).FullName;

    public CancellationToken Cancel { get; init; } = TestContext.Current.CancellationToken;

    public (int Code, string Output, string Errors) Run(params string[] args)
    {
        var (output, errors) = (new TestConsole().Width(200), new TestConsole().Width(200));
        var code = new App(new Session(output, errors, Words, TimeProvider.System, Cancel)).Run(args);
        return (code, output.Output, errors.Output);
    }

    public string Of(params string[] parts) => Path.Combine([Folder, .. parts]);

    public string Write(string name, string text)
    {
        File.WriteAllText(Of(name), text);
        return Of(name);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

using Niwaki.Onnx;
using Niwaki.Torch;
using Niwaki.Vision;

namespace Niwaki.Cli.Tests;

/// <summary>The README's C#, as the compiler sees it.</summary>
internal static class ReadmeCode
{
    public static RunIndex RunRecipe(IStageLog log)
    {
        // <readme>
        var teacher = Recipe.ForNothing
            .Then("teacher", new Train { Model = "swin-micro+upernet-64", Width = 128, Height = 128, Steps = 400 });
        var student = teacher.From(Recipe.ForNothing)
            .Then("student", new Distill(teacher.Reference)
            {
                Model = "mobilevit-micro+upernet-32",
                Width = 128,
                Height = 128,
                Objectives = [new LogitKd { Temperature = 4 }, new Cwd()],
            })
            .Then("pruned", new Prune(0.6) { Importance = new TaylorImportance() })
            .Then("recovered", new Distill(teacher.Reference) { Steps = 500 })
            .Then("fp32", new Export())
            .Then("int8", new Quantize { Calibrator = new EntropyCalibrator() })
            .Then("measured", new Measure { Threads = [1, 2] });

        var words = new Vocabulary(typeof(Measure).Assembly, typeof(Train).Assembly, typeof(Export).Assembly);
        var recipe = student.Recipe with { Name = "mine", Data = DataSources.Detect("field", words) };
        using var run = RunFolder.Open("runs/mine", words);
        var index = run.Run(recipe, log);   // log is yours: an IStageLog
        // </readme>
        return index;
    }

    public static void Label(Vocabulary words)
    {
        // <readme>
        var model = ArtifactStore.Open<OnnxModel>("runs/mine/steps/int8", words);
        var preprocess = model.Preprocess(words);
        var picture = ImageCodec.Decode("field/val/images/000000.png");
        using var segmenter = Engine.For(model, words).Open(model, words, threads: 1);
        var prediction = segmenter.Run(preprocess.Apply(picture));
        var labels = preprocess.Restore(prediction, picture.Width, picture.Height);
        File.WriteAllBytes("labels.png", ImageCodec.EncodePng(labels));
        // </readme>
    }
}

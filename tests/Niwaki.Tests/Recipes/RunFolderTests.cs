namespace Niwaki.Tests;

public sealed class RunFolderTests : IDisposable
{
    private static readonly Vocabulary Words = new(typeof(Sow).Assembly);
    private readonly TemporaryFolder folder = new();

    private static RecipeLine<TorchModel> Plant => Recipe.ForNothing.Then("plant", new Sow());

    private string Run => folder.Of("run");

    public void Dispose() => folder.Dispose();

    private RunIndex Carry(Recipe recipe, HeardLog log, Artifact? input = null, CancellationTokenSource? stop = null)
    {
        using var run = RunFolder.Open(Run, Words);
        return run.Run(recipe, log, input, cancel: stop?.Token ?? TestContext.Current.CancellationToken);
    }

    private string ArtifactOf(RunIndex index, string name) => RunFolder.FolderOf(Run, index.Steps.Single(step => step.Name == name));

    [Fact]
    public void A_run_leaves_artifacts_an_index_and_links_by_name()
    {
        var index = Carry(Plant.Then("small", new Cut(0.5)).Recipe, new HeardLog());
        var small = ArtifactStore.Open<TorchModel>(ArtifactOf(index, "small"), Words);
        Assert.Equal(["sow", "cut"], small.Lineage.Select(step => step.Stage));
        Assert.EndsWith("cut 0.5", File.ReadAllText(folder.Of("run", "steps", "small", "plant.txt")));
        Assert.Equal(Words.Write(index), Words.Write(RunIndex.Read(Run, Words)));
    }

    [Fact]
    public void A_second_run_uses_everything_again()
    {
        var recipe = Plant.Then(new Cut(0.5)).Recipe;
        Carry(recipe, new HeardLog());
        var log = new HeardLog();
        Carry(recipe, log);
        Assert.Equal(2, log.Count("used again"));
        Assert.Equal(0, log.Count("runs"));
    }

    [Fact]
    public void A_changed_option_runs_its_step_and_what_follows_from_it()
    {
        Carry(Plant.Then(new Cut(0.5)).Recipe, new HeardLog());
        var log = new HeardLog();
        Carry(Plant.Then(new Cut(0.25)).Recipe, log);
        Assert.Equal((0, 1), (log.Count("sow runs"), log.Count("cut runs")));
    }

    [Fact]
    public void What_a_stage_inside_a_stage_reads_besides_the_data_is_part_of_the_key()
    {
        File.WriteAllText(folder.Of("almanac"), "rain");
        var recipe = Plant.Then("cast", new Cast { Inner = new Sow { Almanac = folder.Of("almanac") } }).Recipe;
        var before = Carry(recipe, new HeardLog());
        File.WriteAllText(folder.Of("almanac"), "sun");
        var after = Carry(recipe, new HeardLog());
        Assert.Equal(ArtifactOf(before, "plant"), ArtifactOf(after, "plant"));
        Assert.NotEqual(ArtifactOf(before, "cast"), ArtifactOf(after, "cast"));
    }

    [Fact]
    public void An_earlier_option_changes_all_later_keys()
    {
        Carry(Plant.Then(new Cut(0.5)).Recipe, new HeardLog());
        var log = new HeardLog();
        Carry(Recipe.ForNothing.Then("plant", new Sow { Size = 4 }).Then(new Cut(0.5)).Recipe, log);
        Assert.Equal((1, 1), (log.Count("sow runs"), log.Count("cut runs")));
    }

    [Fact]
    public void Other_data_runs_what_reads_data()
    {
        Carry(Plant.Recipe with { Data = new WordDataSource("loam") }, new HeardLog());
        var log = new HeardLog();
        Carry(Plant.Recipe with { Data = new WordDataSource("chalk") }, log);
        Assert.Equal(1, log.Count("sow runs"));
    }

    [Fact]
    public void A_step_can_have_data_of_its_own()
    {
        var log = new HeardLog();
        var recipe = Plant.Recipe with { Data = new WordDataSource("loam") };
        Carry(recipe, log);
        Carry(recipe with { Steps = [.. recipe.Steps.Select(step => step with { Data = new WordDataSource("chalk") })] }, log);
        Carry(recipe with { Data = new WordDataSource("peat"), Steps = [.. recipe.Steps.Select(step => step with { Data = new WordDataSource("chalk") })] }, log);
        Assert.Equal(2, log.Count("sow runs"));
    }

    [Fact]
    public void A_renamed_step_is_not_run_again()
    {
        Carry(Plant.Recipe, new HeardLog());
        var log = new HeardLog();
        Carry(Recipe.ForNothing.Then("tree", new Sow()).Recipe, log);
        Assert.Equal(1, log.Count("used again"));
    }

    [Fact]
    public void Each_seed_runs_every_step()
    {
        var log = new HeardLog();
        var index = Carry(Plant.Then("small", new Cut(0.5)).Recipe with { Seeds = [1, 2, 3] }, log);
        Assert.Equal((3, 3), (log.Count("sow runs"), log.Count("cut runs")));
        Assert.Equal([1, 1, 2, 2, 3, 3], index.Steps.Select(step => step.Seed));
        Assert.Equal(6, index.Steps.Select(step => step.Key).Distinct().Count());
        Assert.Contains("seed 2", File.ReadAllText(folder.Of("run", "steps", "plant.seed-2", "plant.txt")));
    }

    [Fact]
    public void A_step_with_a_seed_of_its_own_runs_once_for_all_seeds()
    {
        var log = new HeardLog();
        var recipe = Plant.Then("small", new Cut(0.5)).Recipe with { Seeds = [1, 2, 3] };
        var index = Carry(recipe with { Steps = [.. recipe.Steps.Select(step => step.Name == "plant" ? step with { Seed = 7 } : step)] }, log);
        Assert.Equal((1, 3), (log.Count("sow runs"), log.Count("cut runs")));
        Assert.Single(index.Steps.Where(step => step.Name == "plant").Select(step => step.Key).Distinct());
        Assert.Contains("seed 7", File.ReadAllText(folder.Of("run", "steps", "plant.seed-2", "plant.txt")));
    }

    [Fact]
    public void A_reference_changes_the_key_with_what_it_names()
    {
        var one = Carry(Plant.From(Recipe.ForNothing).Then("taught", new Sow { Size = 9, Teacher = new("plant") }).Recipe, new HeardLog());
        var two = Carry(Recipe.ForNothing.Then("plant", new Sow { Size = 4 }).From(Recipe.ForNothing).Then("taught", new Sow { Size = 9, Teacher = new("plant") }).Recipe, new HeardLog());
        Assert.NotEqual(one.Steps[1].Key, two.Steps[1].Key);
    }

    [Fact]
    public void A_stopped_stage_goes_on_where_it_was_and_its_time_adds_up()
    {
        using var cancel = new CancellationTokenSource();
        var stopping = new HeardLog { OnProgress = done => { if (done == 4) cancel.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => Carry(Plant.Recipe, stopping, stop: cancel));
        Assert.Contains("interrupted", RunIndex.Read(Run, Words).Failure);
        var partial = Directory.GetDirectories(folder.Of("run", "artifacts"), "*.partial").Single();
        AtomicFile.WriteText(Path.Combine(partial, AttemptClock.NoteFile), """{"Started":"2020-02-02T00:00:00+00:00","Seconds":3600}""");

        var log = new HeardLog();
        var index = Carry(Plant.Recipe, log);
        Assert.Equal(1, log.Count("sow runs from tick 5"));
        var last = ArtifactStore.Open(ArtifactOf(index, "plant"), Words).Lineage[^1];
        Assert.Equal(2020, last.Started.Year);
        Assert.InRange(last.Duration, TimeSpan.FromHours(1), TimeSpan.FromHours(1.01));
        Assert.Empty(Directory.GetFileSystemEntries(ArtifactOf(index, "plant"), ".*"));
    }

    [Fact]
    public void Killed_between_run_and_seal_the_stage_runs_again_without_leftovers()
    {
        var index = Carry(Plant.Recipe, new HeardLog());
        var final = ArtifactOf(index, "plant");
        var digest = ArtifactStore.Open(final, Words).Digest;
        Directory.Move(final, final + ".partial");
        File.Delete(Path.Combine(final + ".partial", ArtifactStore.ManifestFile));
        File.WriteAllText(Path.Combine(final + ".partial", "weights.safetensors.writing"), "half");
        var log = new HeardLog();
        Carry(Plant.Recipe, log);
        Assert.Equal((1, 1), (log.Count("resumes"), log.Count("sow runs")));
        Assert.Equal(digest, ArtifactStore.Open(final, Words).Digest);
    }

    [Fact]
    public void Killed_between_manifest_and_rename_it_is_finished_without_running()
    {
        var index = Carry(Plant.Recipe, new HeardLog());
        var final = ArtifactOf(index, "plant");
        Directory.Move(final, final + ".partial");
        File.WriteAllText(Path.Combine(final + ".partial", ".state"), "left");
        var log = new HeardLog();
        Carry(Plant.Recipe, log);
        Assert.Equal(0, log.Count("sow runs"));
        Assert.Equal(["artifact.json", "plant.txt"], Directory.GetFileSystemEntries(final).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_sealed_leftover_that_is_damaged_runs_again()
    {
        var index = Carry(Plant.Recipe, new HeardLog());
        var final = ArtifactOf(index, "plant");
        Directory.Move(final, final + ".partial");
        File.AppendAllText(Path.Combine(final + ".partial", "plant.txt"), "rot");
        var log = new HeardLog();
        Carry(Plant.Recipe, log);
        Assert.Equal(1, log.Count("sow runs"));
    }

    [Fact]
    public void A_half_written_manifest_runs_again()
    {
        var index = Carry(Plant.Recipe, new HeardLog());
        var final = ArtifactOf(index, "plant");
        Directory.Move(final, final + ".partial");
        File.WriteAllText(Path.Combine(final + ".partial", ArtifactStore.ManifestFile), "{ \"kind\": \"to");
        var log = new HeardLog();
        Carry(Plant.Recipe, log);
        Assert.Equal(1, log.Count("sow runs"));
    }

    [Fact]
    public void A_damaged_result_is_made_again_and_kept_aside()
    {
        var index = Carry(Plant.Recipe, new HeardLog());
        var final = ArtifactOf(index, "plant");
        File.AppendAllText(Path.Combine(final, "plant.txt"), "rot");
        var log = new HeardLog();
        Carry(Plant.Recipe, log);
        Assert.Equal((1, 1), (log.Count("plant.txt does not have the digest"), log.Count("sow runs")));
        Assert.EndsWith("rot", File.ReadAllText(Path.Combine(final + ".damaged", "plant.txt")));
    }

    [Fact]
    public void A_lost_file_is_made_again()
    {
        var index = Carry(Plant.Recipe, new HeardLog());
        File.Delete(Path.Combine(ArtifactOf(index, "plant"), ArtifactStore.ManifestFile));
        var log = new HeardLog();
        Carry(Plant.Recipe, log);
        Assert.Equal(1, log.Count("sow runs"));
    }

    [Fact]
    public void Two_runs_in_one_folder_are_refused()
    {
        using var first = RunFolder.Open(Run, Words);
        var problem = Assert.Throws<StageException>(() => RunFolder.Open(Run, Words));
        Assert.Contains($"another run works in this folder (process {Environment.ProcessId})", problem.Message);
        first.Dispose();
        RunFolder.Open(Run, Words).Dispose();
    }

    [Fact]
    public void A_folder_that_is_a_file_is_refused()
    {
        File.WriteAllText(Run, "not a folder");
        Assert.Contains("cannot be used as a folder", Assert.Throws<StageException>(() => RunFolder.Open(Run, Words)).Message);
    }

    [Fact]
    public void A_failure_names_the_step_and_keeps_what_was_done()
    {
        var recipe = Plant.Then("dry", new Cut(0.5) { Wither = true }).Then(new Cast()).Recipe;
        var problem = Assert.Throws<StageException>(() => Carry(recipe, new HeardLog()));
        Assert.Equal("step 'dry' (cut): the plant withered. Water it.", problem.Message);
        var index = RunIndex.Read(Run, Words);
        Assert.Equal(problem.Message, index.Failure);
        Assert.Equal(["plant"], index.Steps.Select(step => step.Name));
    }

    [Fact]
    public void A_full_disk_in_a_stage_is_told_with_the_remedy()
    {
        var problem = Assert.Throws<StageException>(() => Carry(Plant.Then("big", new Cut(0.5) { FillDisk = true }).Recipe, new HeardLog()));
        Assert.StartsWith("step 'big' (cut): No space left on device", problem.Message);
        Assert.Contains("it resumes", problem.Message);
    }

    [Fact]
    public void A_failed_gate_does_not_stop_the_steps_after_it()
    {
        var weighed = Plant.Then("weight", new Weigh { MeanIoU = 0.4 });
        var gated = weighed.Then("strict", new Gate { Budget = new() { MinMeanIoU = 0.5 } });
        var index = Carry(gated.From(weighed).Then("mild", new Gate { Budget = new() { MinMeanIoU = 0.3 } }).Recipe, new HeardLog());
        Assert.True(index.GateFailed);
        Assert.Equal([null, null, false, true], index.Steps.Select(step => step.Passed));
        Assert.True(RunIndex.Read(Run, Words).GateFailed);
    }

    [Fact]
    public void A_recipe_can_start_from_a_given_artifact()
    {
        var given = ArtifactStore.Open(ArtifactOf(Carry(Plant.Recipe, new HeardLog()), "plant"), Words);
        var index = Carry(Recipe.ForTorch.Then("small", new Cut(0.5)).Recipe, new HeardLog(), input: given);
        Assert.Equal("start", index.Steps.Single().From);
        Assert.Contains("takes a torch-model, but was given nothing", Assert.Throws<StageException>(() => Carry(Recipe.ForTorch.Then(new Cut(0.5)).Recipe, new HeardLog())).Message);
    }

    [Fact]
    public void A_step_can_work_on_a_folder()
    {
        var plant = ArtifactOf(Carry(Plant.Recipe, new HeardLog()), "plant");
        var index = Carry(new Recipe("x") { Steps = [new RecipeStep("small", new Cut(0.5)) { From = new(plant) }] }, new HeardLog());
        Assert.Equal(plant, index.Steps.Single().From);
    }

    [Fact]
    public void An_artifact_of_other_options_is_not_overwritten()
    {
        var context = new StageContext(folder.Path, Words, _ => Nothing.Value) { Log = new HeardLog() };
        StageExecution.Produce(new Sow(), Nothing.Value, context, key => (folder.Of("mine.partial"), folder.Of("mine")));
        Assert.True(StageExecution.Produce(new Sow(), Nothing.Value, context, key => (folder.Of("mine.partial"), folder.Of("mine"))).Reused);
        var problem = Assert.Throws<StageException>(() => StageExecution.Produce(new Sow { Size = 8 }, Nothing.Value, context, key => (folder.Of("mine.partial"), folder.Of("mine"))));
        Assert.Contains("holds an artifact of other options", problem.Message);
    }
}

"""Every text in English, and which texts there are.

`{runs:run|runs}` is a number with its noun: `1 run`, `3 runs`.
"""


class English:
    """The texts by name. Another language overrides them."""

    language = "English"

    # What was read.
    runs_unread = "{n:run|runs} of this project with data not read: beside the picked ones, the {most} whose configs are closest to them were; pick a run to have it read"

    # Verdicts: their words and reasons.
    word_improved = "improved"
    word_regressed = "regressed"
    word_same = "same"
    word_within_noise = "within noise"
    word_not_comparable = "not comparable"
    word_noise_unknown = "noise unknown"
    word_in_this_seed = "{word} in this seed"
    reason_clear = "the interval is clear of noise"
    reason_inside = "the whole interval lies within ±{matters}, the smallest change that matters"
    reason_noise = "four in five changes of {detectable} would show; {forecast}"
    reason_small = "the interval excludes 0, but the change is smaller than {matters}, the smallest that matters"
    reason_noise_unknown = (
        "nobody knows yet how far seeds differ here: run a config again with another seed"
    )
    reason_diverged = "diverged at step {step}"
    reason_no_data = "no data in {run}: {missing}"
    reason_few_points = "too few common points ({n}; at least {least} are needed)"
    reason_not_positive = "a value of {value} is not positive, so a relative change means nothing"
    reason_other_knob = "another {knob}: {run} against {base}"
    reason_other_eval_set = "another evaluation set: {metric} is {run} against {base}"
    reason_too_short = "{run} ended at step {end}, before half of the other side's {other}"
    reason_annealed = "learning rates annealed over different budgets: at step {step} the run has {run:.0%} of its highest rate and the baseline {base:.0%}"
    reason_other_schedule = "learning rates annealed over different budgets: the {schedule} schedules end at step {run} and at step {base}"
    reason_no_direction = "{metric} has no better or worse"
    reason_policy_independent = (
        "{metric} does not depend on the policy, so it says nothing about it"
    )
    reason_rescaled = "{metric} is rescaled by the changed knob {knob}"
    reason_identical = "the {metric} curve is the same as that of {run}, point for point: it holds no evidence of its own"
    reason_no_count = "{run}: a rate of {rate} % without the number of rollouts ({knob}), or none of so many; log the counts as k and n beside it"
    reason_baseline_unusable = "the baseline {run} has no usable value: {reason}"
    reason_counted_rollouts = "{k} of {n} rollouts against {base_k} of {base_n} at the last evaluation; this speaks of these checkpoints, the spread between training seeds is not in it"
    reason_counted_seeds = "{k} of {n} rollouts against {base_k} of {base_n} at the last evaluation; the spread between training seeds is in the interval"
    reason_one_knob = "differs in {change} alone"
    reason_replicate = "a replicate: the same effective config"
    reason_unknown_config = "{run} came without its config, so no other run counts as its replicate"
    reason_repeats = "{runs:run|runs} with {seeds:different seed|different seeds}: equal seeds count once, by their mean"
    reason_early = "compared at step {end} of {budget} planned"
    reason_one_value = "one value a side with assumed noise is all there is"
    reason_also_diverged = "{runs} of the same config diverged"
    reason_seeds_needed = "about {n} seeds a side would settle {matters}, by today's estimate"
    reason_seeds_beyond = "settling {matters} takes more than {most} seeds a side"
    reason_repeat_first = "how many seeds would settle it can be said once a config is repeated"
    reason_few_evals = "mostly because the runs scatter inside and {points} points were compared: evaluate more often"
    reason_one_seed = "mostly because {run} is one seed"
    reason_seeds_scatter = "mostly because the {n} seeds of {run} scatter by {spread}"
    reason_one_baseline_seed = "mostly because the baseline {run} is one seed"
    reason_baseline_seeds_scatter = (
        "mostly because the {n} seeds of the baseline {run} scatter by {spread}"
    )
    reason_assumed_noise = "mostly because how far seeds differ is assumed, not measured"
    reason_last_point = "judged by the last point, whose error is the tail's scatter"
    reason_alias = "the same quantity under two names: {keys}"
    seeds_rollouts = (
        "about {needed} rollouts a side would settle {matters}, 100 a side would show {hundred}"
    )
    cut_at_step = "compared up to step {step}"
    seeds_noise_is_assumed = "seed noise is assumed, not measured"
    wide = "The interval is wide {why}."
    narrowing = "One more seed of {run} would narrow it to about ± {width}{price}."
    narrowing_price = " ({time})"
    row_seeds = "{run} · {n:seed|seeds}"
    row_runs = "{run} · {n:run|runs}"
    own_units = "own units"
    of_the_rest = "% of 1 − x"

    # Absent figures.
    absence_not_logged = "not logged (looked for {keys}{near})"
    absence_proxy = "logged only as a proxy: {key} is another quantity (looked for {keys})"
    absence_nonfinite = "all {n:logged point|logged points} of {key} are NaN or Inf"
    absence_before_first_eval = "the run ended at step {end}, before the first eval at step {step}"
    absence_zeros = "{key} is exactly 0.0 at all {n:point|points}: not measured, not perfect"
    absence_no_shared_step = "{keys} were never logged on the same step"
    absence_no_knob = "needs the knob {knob}, whose value here is {value}"
    absence_no_best = "{metric} has no better or worse, so no best"
    absence_zero_first = "the first value of {key} is 0, so there is no relative change"
    absence_zero_median = "the median of {key} is 0, so there is no relative jitter"
    absence_too_few = "too few points ({n}) for a slope or jitter"
    nearest_logged = "; nearest logged: {keys}"

    # Causes.
    evidence_carried = (
        "changed in {count} of {of:regressed run|regressed runs} ({carriers}): {changes}"
    )
    evidence_not_alone = (
        "not changed in {runs}, worse as well: {knob} alone does not explain them all"
    )
    evidence_leaning = "{knob} was changed in {runs} too, worse if judged alone, though not certain among all picked runs"
    evidence_leaning_without = "{knob} was not changed in {runs}, worse if judged alone, though not certain among all picked runs"
    evidence_separates = (
        "no healthy run changed {knob} ({healthy:healthy config|healthy configs} looked at)"
    )
    evidence_also_healthy = (
        "healthy runs changed {knob} too, though not as far in that direction: {runs}"
    )
    evidence_other_value = "healthy runs changed {knob} too, to another value: {runs}"
    evidence_outside = "{knob} {values} lies outside what healthy runs tried ({low} … {high})"
    evidence_milder = "{runs} changed {knob} too and came out surely less bad than {whole}, though not surely healthy"
    evidence_cleared = "cleared: {runs} went as far with {knob} and stayed healthy"
    evidence_cleared_for = (
        "cleared in {carriers}: {runs} went as far with {knob} and stayed healthy"
    )
    evidence_matched_pair = "matched pair: {run} differs from {baseline} in {knob} alone ({base} → {value}) and is {word} ({change})"
    evidence_pair_clears = "cleared: {run} went as far with {knob} and is no worse than {baseline}, which differs in nothing else"
    evidence_optimizer_symptom = "{run}: train L1 is worse too ({l1:+.1f} %) while its jitter is not higher ({jitter:.2f}x): the optimizer rather than noise"
    evidence_ot_symptom = "{run}: train L1 is rougher ({jitter:.2f}x) and the plan has collapsed ({mass}): OT (train L1 {l1:+.1f} %)"
    evidence_overfit_symptom = "{run}: train L1 is not worse ({l1:+.1f} %, at most {most:+.1f} %) although {metric} is: overfitting or late drift"
    evidence_outlier = "{run} has the very knobs of healthy {duplicates}: no knob sets them apart, so none is asked to explain it"
    evidence_confounded = "{knobs} always moved together: these runs cannot tell them apart"
    evidence_undecided = "{knobs} moved apart in {runs} alone, where the outcome is unclear: these runs cannot tell them apart"
    evidence_untangle = "runs that put one of them back at a time would separate them, as of {run}"
    evidence_rival = "uncontrolled: {what} is {value} in {runs}, {base} in the reference"
    evidence_compared = "on average {change} in {count:run|runs} with it, against {others} without"
    evidence_almost_surely = (
        "almost surely: on average {change} in {count:run|runs} with it, against {others} without"
    )
    evidence_very_likely = (
        "very likely: on average {change} in {count:run|runs} with it, against {others} without"
    )
    evidence_together = "{knobs} and {others} do harm together: neither does it alone"
    evidence_or_seed = "or the seed of {run}: repeat it with another one"
    evidence_is_ranking = "Above {named} % a cause is named; the other places are a ranking"
    evidence_few_configs = "No probabilities, a ranking alone: {n} of at least {least} configs have a finished run to compare"
    evidence_no_replicates = "No probabilities, a ranking alone: no config was run with two seeds"
    evidence_by_rollouts = "No probabilities, a ranking alone: {metric} counts rollouts"
    evidence_own_units = "No probabilities, a ranking alone: {metric} is judged in its own units"
    evidence_fewer_pairs = "Too many knobs and values for every pair of effects: all were weighed alone, the {paired} strongest in pairs"
    evidence_fewer_thresholds = "Not every value of each knob was tried as a threshold: too many"
    cause_confirmed = "confirmed"
    cause_likely = "likely"
    cause_possible = "possible"
    cause_ruled_out = "ruled out"
    cause_ranked = "only ranked"
    cause_named = "{word}, {chance}"
    per_cent = "{n} %"
    almost_all = "over 99 %"
    only_together_with = "{knobs}, together with {others}"
    cannot_be_told_apart = "{knobs} cannot be told apart"
    always_moved_together = "{knobs} always moved together"

    # Experiments and the guard.
    guard_refuses = (
        "{knob} {value} is {times} the anchor's {anchor}; healthy runs have tried {tried}"
    )
    guard_warns = "{knob} {value} lies outside what healthy runs have tried ({tried}; anchor {anchor}, {times})"
    guard_no_effect = "{knob} {value} alone has no effect in the anchor's config"
    guard_above_limit = "{knob} {value}: the trainer refuses {path} {found} above {limit}"
    guard_no_multiple = (
        "{knob} {value}: the trainer refuses {path} {found}, which is no multiple of {factor}"
    )
    guard_not_taken = "{knob} {value}: the trainer takes {path} only as {allowed}"
    guard_no_place = "{knob} {value}: the anchor's config has no place for it"
    guard_diverged = "{run}: not promoted, it diverged at step {step}"
    guard_not_measured = "{run}: not promoted, it has no value of {metric}, which the gate asks for"
    guard_below_gate = (
        "{run}: not promoted, {metric} ended at {found}, and the gate wants at least {bound}"
    )
    guard_above_gate = (
        "{run}: not promoted, {metric} ended at {found}, and the gate wants at most {bound}"
    )
    guard_not_fallen = "{run}: not promoted, {metric} went from {first} to {found}, and the gate wants it to fall by {share_pct} %"
    guard_screened_worse = (
        "{run}: not promoted, it regressed, and the profile has no gate that says otherwise"
    )
    guard_undecided = "{run}: not promoted, it could not be judged, and the profile has no gate; write one (`gate:`), or start it yourself"
    typed_no_number = (
        "{knob}: {typed} is no number; write one like {like}, or several with commas between them"
    )
    typed_not_finite = (
        "{knob}: {typed} is no number that a trainer can work with; write one like {like}"
    )
    typed_not_whole = "{knob}: {typed} is no whole number; write one like {like}"
    typed_too_small = "{knob}: {typed} is too small; write {least} or more, like {like}"
    typed_not_short = (
        "{knob}: {typed} is no shorter than a whole run; write one number below {full}"
    )
    typed_no_seed = "{knob}: {typed} is no seed; write whole numbers from 0 on with commas between them, like 1, 2, 3"
    typed_no_switch = "{knob}: {typed} is neither of its two values; write true or false"
    typed_no_list = (
        "{knob}: {typed} is no list like {like}; write it with brackets, as long as that"
    )
    typed_no_text = "{knob}: {typed} is no name; write one like {like}"
    typed_unclosed = "{knob}: {typed}: a bracket or a quotation mark has no other one; write values with commas between them, like {like}"
    times = "{ratio}x"
    part_title = "Experiment"
    part_hypothesis = "Hypothesis"
    part_fixed = "Fixed"
    part_confirms = "Confirmed where"
    part_refutes = "Refuted where"
    experiment_replicate_title = "Repeat {anchor} with other seeds"
    experiment_replicate_hypothesis = (
        "Runs of {anchor}'s config differ by their seed alone; how far is not known well enough."
    )
    experiment_replicate_fixed = "Everything but the seed stays as in {anchor}."
    experiment_replicate_confirms = "The spread of {metric} over the seeds becomes the measured noise: a verdict within noise is decided where its change is larger."
    experiment_replicate_refutes = (
        "A change that is still smaller than the noise stays within noise for good."
    )
    experiment_isolate_title = "Put one change of {regressed} back at a time"
    experiment_isolate_hypothesis = (
        "One of {knobs} made {regressed} worse, or several of them together."
    )
    experiment_isolate_fixed = "Each run is {regressed} with one of {knobs} as in {anchor}. It measures, it recommends nothing: every value has run before."
    experiment_isolate_confirms = "A run that comes out nearer to {anchor} than to {regressed} in {metric} names what was put back; where several do, those act together."
    experiment_isolate_refutes = "If none does, several do it each alone, or it was the seed: {regressed} is repeated, then each knob is run alone."
    experiment_halve_title = "Halve what {regressed} changed"
    experiment_halve_hypothesis = "One of {knobs} alone made {regressed} worse."
    experiment_halve_fixed = (
        "The run takes half of them from {regressed}; the rest stays as in {anchor}."
    )
    experiment_halve_confirms = "Where it comes out nearer to {regressed} in {metric}, the knob is in that half, else in the other; the next round halves that one."
    experiment_halve_refutes = (
        "If the last one alone does no harm, several act together: then one is put back at a time."
    )
    experiment_verify_title = "Verify {knobs}"
    experiment_verify_hypothesis = "{knobs}, as in {regressed}, is enough to make {anchor} worse."
    experiment_verify_fixed = "Everything but {knobs} stays as in {anchor}."
    experiment_verify_confirms = "{metric} is regressed against {anchor}."
    experiment_verify_refutes = "It is same, or within noise after a second seed and nearer to {anchor} than to {regressed}."
    experiment_repeat_title = "Repeat {regressed} with another seed"
    experiment_repeat_hypothesis = "{regressed} was worse by its seed, not by {knobs}."
    experiment_repeat_fixed = "Everything but the seed stays as in {regressed}."
    experiment_repeat_confirms = "With both seeds {metric} is no longer regressed against {anchor}."
    experiment_repeat_refutes = "It still is: then the plan goes on to tell {knobs} apart."
    experiment_alone_title = "Move one suspect at a time"
    experiment_alone_hypothesis = (
        "Several of {knobs} do the harm each alone: putting back one of them healed nothing."
    )
    experiment_alone_fixed = (
        "Each run takes one of {knobs} from {regressed}; the rest stays as in {anchor}."
    )
    experiment_alone_confirms = (
        "Each run that comes out nearer to {regressed} than to {anchor} in {metric} names its knob."
    )
    experiment_alone_refutes = "If none does, none of them is enough by itself."
    experiment_sweep_title = "Sweep {knobs} around the anchor"
    experiment_sweep_hypothesis = "{knobs} has a better value near that of {anchor}."
    experiment_sweep_fixed = "Everything but {knobs} stays as in {anchor}."
    experiment_sweep_confirms = "{metric} is improved against {anchor}."
    experiment_sweep_refutes = "All values are same or regressed."
    experiment_screen_title = "Screen at {steps} steps"
    experiment_screen_hypothesis = "What is no good at {full} steps shows early: the wanted values of {knobs} need only {steps} to be told from the hopeless."
    experiment_screen_fixed = "Each run takes one value at {steps} steps, as {anchor} itself does; a learning rate that is annealed over the budget is annealed over the short one."
    experiment_screen_confirms = "A run that passes the profile's gate is proposed at {full} steps, once its source is read again with it picked."
    experiment_screen_refutes = "A run that does not pass stays short, with the reason."
    experiment_promote_title = "Promote to {full} steps what passed its screen"
    experiment_promote_hypothesis = (
        "The short runs that passed keep their promise in {metric} at {full} steps."
    )
    experiment_promote_fixed = "Everything but the length stays as in each short run."
    experiment_promote_confirms = "{metric} is improved against {anchor} at the full length."
    experiment_promote_refutes = "It is same or regressed: the screen was too short to tell."
    experiment_template_title = "{template}, one knob at a time"
    experiment_template_hypothesis = (
        "One of the values that the recipe {template} sets at once is better on its own."
    )
    experiment_template_fixed = (
        "Each run takes one of {knobs} from the recipe; the rest stays as in {anchor}."
    )
    experiment_template_confirms = "{metric} is improved against {anchor}."
    experiment_template_refutes = "All values are same or regressed, or the guard refused them."

    # How a plan goes on.
    plan_question = "Which of {knobs} made {regressed} worse than {anchor}?"
    plan_round = "Round {n} of {in_all}: {have} of {wanted} have run"
    plan_cost = "at most {runs:run|runs} in {rounds:round|rounds}"
    plan_whole = "{regressed} itself"
    plan_back = "{knobs} put back"
    plan_moved = "{knobs} alone"
    plan_not_started = "not started"
    plan_running = "running"
    plan_died = "died, to be run again"
    plan_revert_healed = "heals"
    plan_revert_harmed = "heals nothing"
    plan_alone_healed = "no harm"
    plan_alone_harmed = "harm"
    plan_surely = "{reading}, surely"
    plan_unread = "cannot be compared"
    plan_half_way = "half-way"
    plan_head = ("round", "run", "what", "came out", "reading")
    answer_single = "found: {knobs}; verified"
    answer_takes_part = (
        "found: {knobs}; verified; in {regressed} {beside} takes part, put back it heals as well"
    )
    answer_together = "found: {knobs}, only together; verified"
    answer_each_alone = "found: {knobs}, each of them alone"
    answer_unverified = (
        "found: {knobs}; not verified: whether it is enough alone is open after two seeds"
    )
    answer_not_enough = "{knobs} is needed for the harm, and alone does none: something else that {regressed} changed takes part"
    answer_not_worse = "nothing to isolate: {regressed} is not worse than {anchor} for certain"
    answer_not_among_them = (
        "none of {knobs}: putting any of them back heals nothing, and none does harm alone"
    )
    surprise_better = "{runs} is better than {anchor}: make it the baseline of what comes next"
    surprise_noisier = "{regressed} is {change} worse, and four in five changes of {mde} would show: too near for half-way, so each run takes {seeds} seeds"
    surprise_unreadable = "{runs} cannot be compared with {anchor}: {why}"

    # What the rules find.
    rule_beyond_plan = "Logged at step {last}, far beyond the {budget} planned: a stray point, or a counter that is not the trainer's step."
    rule_config_changed = (
        "The config was changed at step {step}: {what}. The run belongs to neither config."
    )
    rule_constant_lr = (
        "Scheduler {scheduler} is configured, but the logged learning rate is {lr} throughout."
    )
    rule_diag_share = (
        "Only {share} of the plan's mass lies on the diagonal in the tail (below {least})."
    )
    rule_diverged = "Diverged: from step {step} to its end the run is NaN or Inf."
    rule_drift = "Early best, then drift: {metric} was {best} around step {step}; its tail mean is {end} ({worse_pct:+.1f} %). Early stopping or a gentler decay would have kept it."
    rule_duplicate = "Repeats {runs}: the same effective config and seed {seed}; it counts once."
    rule_forked = "Forked from {trunk} at step {step}: up to there the two are one training, and they count as one seed."
    rule_grad_norm = "{metric} stays above {above} from step {first} to {last}: of any {points} points in a row more than half lie higher, at {level} on the median. Single spikes do not count."
    rule_identical_curves = (
        "Identical point for point: {what}. Such curves hold no evidence of their own."
    )
    rule_ignored_settings = (
        "Written down but not in force, because {switch} is {state}: {what} (written ≠ in force)."
    )
    rule_jitter = "Jitter of {metric} is {mine}, {times}x the reference's {theirs}."
    rule_name_contradicts = (
        "The name contradicts the config: {what} (name ≠ config). The config is what ran."
    )
    rule_noisy_eval = "Evaluation noisier than the difference: {metric} differs from the reference's by {change_pct:+.1f} %, and its own scatter in the tails leaves ±{error_pct:.1f} % (one standard error). More batches per evaluation or a longer tail would make it finer."
    rule_nonfinite = (
        "{n} logged points of {metrics} are NaN or Inf (first at step {step}); they are left out."
    )
    rule_other_axis = "Steps are those of {axis}, on which the picked runs end alike (this one at {end}); the source's own steps seem to count what was logged. Choose others with ?step=KEY behind the source."
    rule_plan_collapse = "Plan collapse: {metric} is {level} in the tail and {lowest} at its lowest (step {step}); nothing is transported there, so a small OT loss is not a good one."
    rule_plan_mass = "Mass is moved, nothing is aligned: the plan's mass is {mass} in the tail (above {least}), but no OT cost of the policy falls by {fall_pct} %; the best, {metric}, moved by {moved_pct:+.1f} %."
    rule_plateau = "Plateau: {metric} changed by {change_pct:+.1f} % over the last {span} steps."
    rule_rate_swings = "{metric} jumps between {low} and {high} in the last {points} evaluations, more than {rollouts} rollouts each explain: the last one alone says little of the policy."
    rule_ranks = "One distributed training with {runs}: one group ({group}), one start, one config. They count as one run."
    rule_repeats = "The same config and seed {seed} as {runs} came out {apart_pct:.0f} % apart in {metric}: these runs count as one seed, and the noise of the config is at least that."
    rule_rewound = "Resumed at step {began} after it had reached {reached}: what it had logged from {began} on was given up, and does not count."
    rule_slow_loading = "Loading data takes {loading} s a step, updating {updating} s (medians, {times}x): more workers or faster storage would shorten the run."
    rule_still_improving = "{metric} was still improving at the end: by {gain_pct:.1f} % over the {points} points of its tail. The run may have been stopped early: compare it with care."
    rule_unfinished = "Not a whole run: state {state}, last logged step {end} of {budget} planned."
    rule_unmoved = "{what}: point for point as in {base}, although {knobs} changed. No changed knob does more than rescale it, so it cannot say which run is better."
    rule_zeros = "{metrics} is exactly 0 throughout: not measured, not perfect."

    # The report and its pictures.
    report_head_title = "Comparison Report"
    report_at = " ({time})"
    report_generated = "Generated: {time}"
    report_not_in_the_figures = "not in the figures"
    report_comparison_title = "Baseline Comparison: {runs}"
    report_comparison_last = "{key} (last; run's last against the baseline's tail mean):"
    report_comparison_versus = "vs baseline {base} {value} ({change})"
    report_comparison_word = "{word}: {why}"
    report_comparison_best = "best ({kind} over run):"
    report_comparison_against = "{run} best {best} (against {base} {change}) at step ~{step}"
    report_comparison_flattering = "{change} (best of run against a tail mean: flattering)"
    report_comparison_takeaways = "Takeaways:"
    report_comparison_match = "{runs} roughly match{es} {base}."
    report_comparison_kind_lower = "min"
    report_comparison_kind_higher = "max"
    comma_clause = ", "
    report_differences_title = "Key Differences Observed"
    report_differences_suspects = "New runs changed {changes}."
    report_differences_by = "{knob} by {times}x ({base} → {values})"
    report_differences_together = (
        "{knobs} always moved together: these runs cannot tell them apart."
    )
    report_differences_modest = "OT hyperparameters shifted modestly ({values})"
    report_differences_shifted = "OT hyperparameters shifted ({values})"
    report_differences_cleared = (
        "{knobs}: not enough alone to explain the regression (a healthy run went as far)"
    )
    report_differences_alone = "{knobs}: changed alone it does not make it worse"
    report_differences_unlikely = "{knobs}: the other runs rule it out"
    report_differences_open = "{knobs}: not ruled out beside {suspects}"
    report_differences_calm = "Jitter did not explode (train L1 at most {l1}x, gradient norm at most {grad}x of the reference's), but {metric} is worse: optimization rather than OT noise."
    report_differences_quiet = "Jitter did not explode (train L1 at most {l1}x, gradient norm at most {grad}x of the reference's)."
    report_differences_rough = (
        "Jitter is higher (train L1 up to {l1}x, gradient norm up to {grad}x of the reference's)."
    )
    report_experiments_title = "Next-Step Experiments"
    report_experiments_runs = "Runs: {runs}. Anchor: {anchor}. {hours}"
    report_experiments_hours = "Expected time: {time} one after the other."
    report_experiments_have = "Have already: {have}."
    report_experiments_value = "{v} ({runs})"
    report_recipes_title = "Recipes"
    report_recipes_warning = "moves {n:knob|knobs}, not runnable as it is"
    report_recipes_none = "no such knob"
    report_recipes_head = ("template key", "value", "knob of this trainer")
    report_jitter_title = "Jitter Diagnosis & Fixes"
    report_jitter_calm = "Jitter did not explode: train L1 is at most {l1} and the gradient norm at most {grad} times as rough as the reference's."
    report_metrics_title = "Metrics Summary (key curves)"
    report_metrics_interpretation = "### Interpretation\n\n- last_mean/last_std: mean and standard deviation of the tail ({tail}): the level reached, and how steady it is;\n- slope_last: trend of the tail per step, negative is still falling;\n- jitter: standard deviation of the first differences over the series' median, larger is rougher."
    report_metrics_tail = "last {share:.0%}, at least {least} and at most {most} points"
    report_postmortem_title = "Postmortem: Regression Root Causes"
    report_postmortem_baseline = "baseline "
    report_recommendations_title = "Recommendations"
    report_recommendations_revert = "Revert to the anchor {anchor}: {values}."
    report_recommendations_hold = (
        "Keep the OT settings at the anchor's ({values}); sweep one knob at a time:"
    )
    report_recommendations_sweep = "{knob} ∈ {{{values}}}"
    report_recommendations_window = (
        "If you want window_size={value} (as in {run}), change only that, in a run of its own."
    )
    report_recommendations_preset = (
        "Keep use_policy_training_preset=true: no healthy run has it off."
    )
    report_recommendations_bound = "Do not move {knob} beyond {bound} without evidence: the largest healthy value tried is {largest}."
    report_regression_title = "Regression Check: Latest {n} vs Baselines"
    report_regression_heads = ("Latest {n}", "Baselines")
    report_regression_because = "{change}; {why}"
    report_regression_against = "**{word}** against {base}{kind}: {change}"
    report_regression_neighbour = " (nearest neighbour)"
    report_regression_noise = "Seed noise of {metric}: {noise} ({origin})."
    report_regression_origin_measured = "measured on {groups}"
    report_regression_origin_assumed = "assumed: no config was run with two seeds"
    report_regression_origin_unknown = (
        "not known: no config was run with two seeds, and nothing is assumed in own units"
    )
    report_runs_title = "Runs"
    report_runs_baseline = " (baseline)"
    report_summary_title = "Summary"
    report_summary_compared = "{runs} against {bases} in {metric}; {noise}."
    report_summary_alone = "{runs}, no baseline picked: nothing is judged."
    report_summary_measured = "seed noise {noise}, measured"
    report_summary_assumed = "seed noise {noise}, assumed (no config was run with two seeds)"
    report_summary_unknown = "how far seeds differ is not known"
    report_summary_rollouts = "judged by rollouts"
    report_summary_one = "{run} {word}: {change}"
    report_summary_many = "{n} {word} ({runs})"
    report_summary_suspect = "First suspect: {knobs} ({word})."
    report_summary_together = "First suspects: {knobs} ({word}); they always moved together, these runs cannot tell them apart."
    report_summary_undecided = (
        "First suspects: {knobs} ({word}); these runs cannot tell them apart."
    )
    report_summary_also = "Also {knobs} ({word})."
    report_summary_none = "All that the regressed runs changed is ruled out: no suspect is left."
    report_summary_finding = "Look first at {run}: {finding}"
    report_summary_next = "Next: {title} ({n} to run{hours})."
    report_summary_hours = ", about {time}"
    report_summary_more = "{n} more"
    full_stop = "."
    sentence_gap = " "
    report_update_title = "Report Update{at}"
    report_update_note = "- Note: {note}"
    report_update_link = "- Link: {link}"
    report_update_heads = ("- Config:", "- Metrics:")
    figures_curves = "{metric} by step; grey: baselines"
    report_jitter_fix_batch_size = (
        "Small batches make the variance large: a larger {knob} lowers it."
    )
    report_jitter_fix_reg = (
        "A small entropic {knob} makes the plan sharp and passes noise on: raise it one step."
    )
    report_jitter_fix_ot_every_n_steps = "The plan of every step brings its randomness into the gradient: compute it every few steps."
    report_jitter_fix_lr = "A lower {knob} or a warm-up calms the optimizer."
    report_jitter_reading = "For reading: judge by tail means and slopes, not by single points."
    figures_change = "change against {base} ({unit})"

    # The screen.
    screen_overview = "Overview"
    screen_metrics = "Metrics"
    screen_config_diff = "Config diff"
    screen_regression = "Regression"
    screen_experiments = "Experiments"
    screen_report = "Report"
    screen_source = "Source"
    screen_sample_wandb_entity_project_a = (
        "`sample`, wandb://entity/project, a folder that holds W&B offline runs, or exported tables"
    )
    screen_runs = "Runs"
    screen_baselines = "Baselines"
    screen_the_first_one_is_the = "The first one is the reference."
    screen_reference_run = "Reference: {run}"
    screen_the_newest_n_are_offered = (
        "The newest {n} are offered; narrow the filter to see the other {more}."
    )
    screen_nearest_neighbours_as_baselines = "Nearest neighbours as baselines"
    screen_for_each_picked_run_the = "For each picked run the one with the fewest changed knobs that finished and can be measured. Reads every run of the source."
    screen_the_source_holds_no_run = "The source holds no run but the picked ones."
    screen_the_config_of_no_picked = "The config of no picked run is known, so none is nearest."
    screen_none_of_the_n_other = "None of the {n} other runs can be a baseline: finished, not diverged, with a config and a value of {metric}."
    screen_no_other_run_differs_in = "No other run differs in an effective knob."
    screen_filter = "Filter"
    screen_name_or_id = "Name or id"
    screen_tag = "Tag"
    screen_group = "Group"
    screen_state = "State"
    screen_since = "Since"
    screen_latest = "Latest"
    screen_take = "Take"
    screen_deciding_metric = "Deciding metric"
    screen_profile = "Profile"
    screen_profile_help = (
        "Names of metrics and settings. `generic` takes every logged key as it is."
    )
    screen_step_axis = "Steps are counted in"
    screen_step_axis_help = "Curves and verdicts at equal steps use this counter; any rising key that the runs logged can count."
    screen_steps_as_logged = "steps as they were logged"
    screen_steps_of_the_runs = "what fits the runs"
    screen_steps_on_axis = "what fits the runs: {axis}"
    screen_the_fitting_profile = "as the configs say: {profile}"
    screen_the_likeliest_metric = "the likeliest, by its name"
    screen_direction = "Better is"
    screen_direction_unknown = "not known"
    screen_lower_is_better = "lower is better"
    screen_higher_is_better = "higher is better"
    screen_as_its_name_says = "as its name says: {direction}"
    screen_judged_by_a_proposal = "Judged by {metric}, which its name proposes: {direction}. Another can be chosen in the sidebar."
    screen_nothing_judged_in = (
        "**Nothing can be judged in {metric}.** Both sides have other metrics:"
    )
    screen_judge_by = "Judge by"
    screen_how_runs_are_judged = "How runs are judged"
    screen_value_of_a_run = "Value of a run"
    screen_tail_mean = "tail mean"
    screen_last_point = "last point"
    screen_the_last_point_is_as = "The last point is as uncertain as the tail scatters."
    screen_tail = "Tail, %"
    screen_at_least = "at least"
    screen_at_most = "at most"
    screen_this_share_of_a_curves = (
        "This share of a curve's points at its end, within the bounds beside it"
    )
    screen_language = "Language"
    screen_read_the_source_again = "Read the source again"
    screen_clear_the_cache = "Clear the cache"
    screen_add_exported_tables = "Add exported tables"
    screen_csv_jsonl_or_parquet_up = (
        "CSV, JSONL or Parquet, up to 50 MB each; they stay in this session"
    )
    screen_uploaded_tables_stay_in_the = (
        "Uploaded tables stay in the session that uploaded them; add them again in the sidebar."
    )
    screen_list_my_projects = "List my projects"
    screen_n_projects_are_in_the = "{n:project is|projects are} in the list of sources now"
    screen_w_b_api_key = "W&B API key"
    screen_kept_in_this_session_only = "Kept in this session only; without it the key of the environment or of `wandb login` is used"
    screen_mb_mb_freed = "{mb} MB freed"
    screen_first_verdict = (
        "First look, from the picked runs alone; {n:other run is|other runs are} being read"
    )
    screen_the_rest_was_not_read = (
        "{why}; {n:run|runs} not read, ask again with Refresh or by reading the source again"
    )
    screen_reading_n_of_of_runs = "Reading {n} of {of} runs"
    screen_n_of_of_runs_shown = "{n} of {of} runs shown"
    screen_pick_runs_in_the_sidebar = (
        "Pick runs in the sidebar to see anything here, or take the newest ones."
    )
    screen_pick_at_least_one_baseline = (
        "Pick at least one baseline in the sidebar: without one there is nothing to compare with."
    )
    screen_take_the_newest_n_runs = "Take the newest {n:run|runs}"
    screen_some_of_it_could_not = "Some of it could not be read"
    screen_reference = "reference"
    screen_n_regressed = "{n} regressed"
    screen_n_improved = "{n} improved"
    screen_n_same = "{n} same"
    screen_n_within_noise = "{n} within noise"
    screen_n_not_comparable = "{n} not comparable"
    screen_n_noise_unknown = "{n} with unknown noise"
    screen_no_verdict_yet = "No verdict yet"
    screen_against_base_in_metric = "Against {base} in {metric}"
    screen_choose_rows_to_see_their = "Choose rows to see their cards."
    screen_curve = "Curve"
    screen_look_at_this_first = "Look at this first"
    screen_first_suspect = "First suspect"
    screen_next_step = "Next step"
    screen_gravest_finding = "Gravest finding"
    screen_n_runs_prepared_title = "{n:run|runs} prepared: {title}"
    screen_no_run_regressed_so_there = "No run regressed, so there is no cause to look for."
    screen_no_rule_warns = "No rule warns."
    screen_judged_by_rollouts_newcombes_interval = "judged by rollouts, Newcombe's interval"
    screen_how_far_seeds_differ = "How far seeds differ"
    screen_what_this_set_up_can = "What this set-up can see"
    screen_metric_runs_of_one_config = (
        "{metric}: runs of one config differ by {noise} (standard deviation; {origin})."
    )
    screen_own_of_all_degrees_of = (
        "{own} of {all} degrees of freedom are measured, the rest is the profile's {prior} %."
    )
    screen_no_config_of_this_source = "No config of this source was run with two seeds. Repeat the baseline with other seeds first."
    screen_no_picked_run_could_be = "No picked run could be measured against a baseline."
    screen_success_rates_are_judged_by = (
        "Success rates are judged by their rollouts alone; how far seeds differ is not in them."
    )
    screen_distance_from_the_groups_mean = "distance from the group's mean ({unit})"
    screen_a_point_is_a_run = "A point is a run, a row its config; the band is the noise used."
    screen_run_n_seeds = "{run} · {n:seed|seeds}"
    screen_smallest_visible_change = "found in four of five ({unit})"
    screen_noise_and_origin = "{known} ({origin})"
    screen_what_matters = "what matters"
    screen_the_change_that_four_in = (
        "The change that four in five such comparisons would find, for each picked config."
    )
    screen_unknown_no_config_was_run = "not known: no config was run with two seeds"
    screen_what_history_teaches = "What these replicates teach, as lines for a profile"
    screen_baselines_alone_help = (
        "Otherwise the other finished runs of a picked baseline's config join it."
    )
    screen_baselines_alone = "Only the picked baselines"
    screen_joined_seeds = "Other seeds of the baselines joined: {runs}."
    screen_add_them = "Pick these too"
    screen_more_seeds_offered = (
        "{run}: {n:other run|other runs} of this config ({runs}) can join its row."
    )
    screen_runs_of_the_row = "The runs"
    screen_p_adjusted = "p (adjusted)"
    screen_see_the_curve = "See the curve"
    screen_show_the_n_others = "Show the {n:other|others}"
    screen_steps_first_last = "Steps {first} – {last}"
    screen_steps_first_last_are_marked = "Steps {first} – {last} are marked."
    screen_show_whole_curves = "Show whole curves"
    screen_against_base = "Against {base}"
    screen_n_knobs = "{n:knob|knobs}"
    screen_not_in_effect = "not in effect"
    screen_default = "default"
    screen_by_the_preset = "by the preset"
    screen_the_profiles_metric = "the profile's: {metric}"
    screen_change_against_base_unit = "Change against {base} ({unit})"
    screen_left_is_better = "left is better"
    screen_right_is_better = "right is better"
    screen_findings = "Findings"
    screen_run = "Run"
    screen_error = "error"
    screen_warning = "warning"
    screen_info = "info"
    screen_show = "Show"
    screen_smoothing = "Smoothing"
    screen_log_scale = "Log scale"
    screen_horizontal_axis = "Horizontal axis"
    screen_time_of_day = "time of day"
    screen_ring_best_point_thick_line = "Ring: best point. Thick line: the tail."
    screen_runs_logged_no_time = "{runs} logged no time."
    screen_step = "step"
    screen_hours = "hours"
    screen_curves = "Curves"
    screen_table = "Table"
    screen_showing_shown_of_all_points = "Showing {shown} of {all} points; extremes are kept."
    screen_n_points_at_or_below = "{n} points at or below 0 cannot be shown on a log scale."
    screen_n_nan_or_inf_points = "{n} NaN or Inf points are left out."
    screen_no_picked_run_has_data = "No picked run has data for {metric}."
    screen_why_some_figures_are_missing = "Why some figures are missing"
    screen_download_csv = "Download CSV"
    screen_only_knobs_that_differ = "Only knobs that differ"
    screen_config_paths = "Config paths"
    screen_also_shadowed_keys = "Also shadowed keys"
    screen_also_bookkeeping = "Also bookkeeping"
    screen_search_knobs_paths_and_values = "Search knobs, paths and values"
    screen_nothing_holds_words = "Nothing holds “{words}”."
    screen_knob = "Knob"
    screen_read_from = "Read from"
    screen_runs_that_differ = "Runs that differ"
    screen_baseline = "baseline"
    screen_optimizer = "optimizer"
    screen_ot = "ot"
    screen_data = "data"
    screen_eval = "eval"
    screen_seed = "seed"
    screen_other = "other"
    screen_uncontrolled = "uncontrolled"
    screen_shadowed = "shadowed"
    screen_bookkeeping = "bookkeeping"
    screen_absent = "absent"
    screen_unknown = "unknown"
    screen_in_effect = "in effect"
    screen_changed_against_base = "changed against {base}"
    screen_shortened_whole_in_the_markdown = "… shortened; whole in the Markdown"
    screen_differs_but_counts_as_no = (
        "differs, but counts as no change: seeds, logging, what another knob brings along"
    )
    screen_what_was_changed_in_each = "What was changed in each of {n:run|runs}"
    screen_and_n_more_in_the = "and {n} more, in the table"
    screen_closest_runs = "Closest runs"
    screen_its_config_is_not_known = "its config is not known: the source holds none"
    screen_download_its_config = "Download its config"
    screen_ready_to_train_with = (
        "As a file to train with: output folder, W&B id and resume are reset."
    )
    screen_closest_to = "Closest to"
    screen_what_leads_there_from_run = "What leads there from {run}"
    screen_there_is_no_other_config = "There is no other config to compare this one with."
    screen_same_config_and_seed = "same config and seed"
    screen_no_config = "no config"
    screen_not_picked = "not picked"
    screen_not_picked_no_worse = "not picked; no worse"
    screen_nothing_differs_from_the_reference = "Nothing differs from the reference."
    screen_copy_as_markdown = "Copy as Markdown"
    screen_verdicts = "Verdicts"
    screen_seed_noise = "Seed noise"
    screen_measured_replicate_groups_n = "measured; replicate groups: {n}"
    screen_assumed_no_config_was_run = "assumed: no config was run with two seeds"
    screen_causes = "Causes"
    screen_cannot_be_told_apart = "cannot be told apart"
    screen_evidence = "The rest of the evidence"
    screen_n_ruled_out = "{n} ruled out"
    list_dropped = "{values} dropped"
    list_added = "{values} added"
    list_reordered = "in another order"
    screen_nearest_neighbour = "nearest neighbour"
    screen_verdict = "Verdict"
    screen_against = "Against"
    screen_change = "Change"
    screen_reason = "Reason"
    screen_anchor = "Anchor"
    screen_the_run_that_experiments_start = "The run that experiments start from"
    screen_values_of_knob = "Values of {knob}"
    screen_separated_by_commas_the_anchor = "Separated by commas; the anchor has {value}."
    screen_seeds = "Seeds"
    screen_seed_column = "Seed"
    screen_budget_in_steps = "Budget in steps"
    screen_override_the_guard = "Override the guard"
    screen_the_warning_stays_in_the = "The warning stays in the files."
    screen_sweep_another_knob = "Sweep another knob"
    screen_any_knob_of_the_anchors = "Any knob of the anchor's config"
    screen_the_plan_sets_its_runs = (
        "Its runs follow from two configs that have run: there is nothing to edit here."
    )
    screen_nothing_to_edit_here = "Its runs follow from the other cards and from the profile's gate: there is nothing to edit here."
    screen_exists_already = "{knob} {value}: exists already, {runs}"
    screen_screen_first = "Screen first, at so many steps"
    screen_what_is_wanted_runs_short = "Every value on the cards, and the anchor, at this short length. The zip then holds the screen; what passes the profile's gate is promoted once it has run."
    screen_whole_length = "whole length"
    screen_edit = "Edit"
    screen_no_run_is_left_in = "No run is left in it: change its values."
    screen_decided_by_metric = "decided by {metric}"
    screen_template = "template"
    screen_recipes_that_go_round = "Recipes that go round"
    screen_each_moves_many_knobs_at = "Each moves many knobs at once and cannot run as it is. What of it can be tried alone gets a card."
    screen_moves_n_knobs = "moves {n:knob|knobs}"
    screen_no_such_knob = "no such knob"
    screen_key = "Key"
    screen_flat_sweeps = "Flat sweeps"
    screen_over_one_knob_instead_of = (
        "Over one knob instead of over config files, where the trainer's arguments allow it"
    )
    screen_run_could_not_be_read = "{run}: could not be read: {why}"
    screen_no_baseline_is_usable_every = "No baseline is usable: every picked one diverged or has no usable value in {metric}. Pick another baseline in the sidebar, or an anchor above."
    screen_the_anchor_came_without_its = (
        "The anchor came without its config, so no run can be planned from it."
    )
    screen_download_n_runs = "Download {n:run|runs} (zip)"
    screen_download_n_runs_about = "Download {n:run|runs}, about {time} (zip)"
    screen_tick_an_experiment = "Tick an experiment to download it"
    screen_details = "Details"
    screen_follow_a_plan = "Follow a plan until it finds the cause"
    screen_what_following_does = "A plan goes on by itself: this page shows how each of its runs came out, the runs of the next round, and the answer. It stands in the link. The plan.json of next_runs can be brought here too."
    screen_follow = "Follow"
    screen_stop_following = "Stop following"
    screen_download_the_sweep = "Download the sweep"
    screen_have = "{n:run has|runs have} it already"
    screen_refused = "{n:value|values} refused"
    screen_value = "Value"
    screen_remark = "Remark"
    screen_sweep_yaml = "Sweep YAML"
    screen_train_configs = "Train configs"
    screen_about_time = "about {time}"
    screen_n_to_run = "{n} to run"
    screen_no_experiment_is_left_to = "No experiment is left to propose around this anchor."
    screen_isolate = "isolate"
    screen_halve = "halve"
    screen_verify = "verify"
    screen_repeat = "repeat"
    screen_alone = "alone"
    screen_screen = "screen"
    screen_promote = "promote"
    screen_sweep = "sweep"
    screen_replicate = "replicate"
    screen_sections = "Sections"
    screen_note = "Note"
    screen_time = "Time"
    screen_now = "Now"
    screen_all_of_them = "all of them"
    screen_download_with_pictures_zip = "Download with pictures (zip)"
    screen_add_the_update_to_a = "Add the update to a report that you have"
    screen_a_markdown_file_every_byte = (
        "A Markdown file; every byte of it stays, the update comes behind them"
    )
    screen_this_report_holds_the_update = "This report holds the update already."
    screen_download_the_longer_report = "Download the longer report"
    screen_preview = "Preview"
    screen_markdown = "Markdown"
    screen_download = "Download"
    screen_click_into_the_text_then = "Click into the text, then Ctrl-A and Ctrl-C"
    screen_bundled_runs_of_a_small = "Bundled runs of a small ACT policy with an OT loss. Each bar is a run's change against the baseline with its 95 % interval; the grey band is too small to matter."
    screen_open_my_runs = "Open my runs"
    screen_w_b_project_or_folder = "W&B project or folder"
    screen_wandb_entity_project_a_folder = "wandb://entity/project, a folder with W&B offline runs, or exported tables (CSV, JSONL, Parquet). Files can also be dropped into the sidebar."
    screen_not_finished_runs = "Not finished: {runs}"
    screen_refresh = "Refresh"
    screen_tail_std = "tail std"
    screen_slope = "slope"
    screen_jitter = "jitter"
    screen_first = "first"
    screen_last = "last"
    screen_change_per_cent = "change, %"
    screen_best = "best"
    screen_at_step = "at step"
    screen_min = "min"
    screen_max = "max"
    screen_points = "points"
    screen_lower_is_better = "lower is better"
    screen_higher_is_better = "higher is better"
    screen_mean_of_the_tail = "Mean of the tail"
    screen_standard_deviation_of_the_tail = "Standard deviation of the tail"
    screen_least_squares_slope_of_the = "Least-squares slope of the tail, per step"
    screen_scatter_from_point_to_point = (
        "Scatter from point to point over the median's size, whole curve"
    )
    screen_the_first_finite_point = "The first finite point"
    screen_the_last_finite_point = "The last finite point"
    screen_the_last_point_against_the = "The last point against the first"
    screen_the_best_point_by_the = "The best point by the metric's direction"
    screen_the_step_of_the_best = "The step of the best point"
    screen_the_smallest_finite_point = "The smallest finite point"
    screen_the_largest_finite_point = "The largest finite point"
    screen_finite_points = "Finite points"

    # Small words.
    colon = ": "
    comma = ", "
    semicolon = "; "
    minutes = "{n} min"
    hours = "{n} h"
    points = "points"
    absent = "absent"


TEXTS = English()

lockstep init --member ada && lockstep group add prod
mkdir tools
cat > tools/deploy.yaml <<'END'
kind: tool
name: deploy
args: {to: {type: string}}
steps:
  - {id: build, run: 'true'}
  - {id: test, run: 'true'}
  - {id: push, run: 'echo "pushed to $INPUT_TO"'}
END
cat > tools/nightly.yaml <<'END'
kind: tool
name: nightly
steps:
  - {id: first, run: 'true'}
  - {id: second, run: '[ -e started ] || { echo $$ > started; exec sleep 300; }'}
END
cat > tools/release.yaml <<'END'
kind: tool
name: release
steps:
  - {id: push, approve: always, run: 'true'}
END
## before: lockstep runs resume
lockstep run nightly > /dev/null 2>&1 &
until [ -s started ]; do sleep 0.05; done
kill -KILL $!
kill "$(cat started)"
## before: lockstep runs approve
lockstep run release --await-approval > waiting.txt 2>&1 &
until grep -q 'runs approve' waiting.txt; do sleep 0.05; done
## before: lockstep runs cancel
rm started
lockstep run nightly > /dev/null 2>&1 &
until [ -s started ]; do sleep 0.05; done

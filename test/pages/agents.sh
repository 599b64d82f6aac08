## before: lockstep agent show
lockstep init --member ada
for name in STATUS_TOKEN DEPLOY_KEY; do printf %s "a-value-of-$name" | lockstep secret set $name; done
## before: lockstep runs list
lockstep run deploy --agent operator --arg version=1.2.0 --await-approval > waiting.txt 2>&1 &
until grep -q 'runs approve' waiting.txt; do sleep 0.05; done
